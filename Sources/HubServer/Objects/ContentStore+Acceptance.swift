import GRDB
import HTTPTypes
import NIOPosix
import Xet

/// How contents come into the store (scale-out §4.2, U2 to U4).
extension ContentStore {
    // MARK: Xorbs

    /// Validates a received body and makes it a durable xorb of the repository that the claims are for.
    /// - Returns: true when the repository did not have it before.
    /// - Throws: `XetFormatError` when the body is not the xorb that `hash` names.
    func admit(_ file: IncomingFile, as hash: XorbHash, length: Int, for claims: CASClaims) async throws -> Bool {
        let validated = try await ContentThreads.validating.runIfActive {
            try file.file.withMapping(length: length) { try XorbValidation.validate($0, expecting: hash) }
        }
        return try await admit(file, validated, repo: claims.repo, user: claims.user)
    }

    /// Makes a body that has been validated a durable xorb of a repository.
    ///
    /// - Parameters:
    ///   - file: holds the body, from its start on.
    ///   - user: who sends it; empty for nobody.
    /// - Returns: true when the repository did not have it before.
    /// - Throws: `CASRefusal` with status 503 when the upload took longer than its lease and has to be repeated.
    func admit(_ file: IncomingFile, _ validated: XorbValidation, repo: Int64, user: String) async throws -> Bool {
        var damaged: ObjectKey?
        if let standing = try await standing(of: validated.hash, repo: repo) {
            let whole = try await ContentThreads.validating.runIfActive { [objects] in
                try standing.row.isBad ? nil : objects.wholeIndex(of: standing.key)
            }
            if let whole {
                indices.insert(whole, of: standing.key)
                let linked = try await database.pool.write { database -> Bool? in
                    let now = Self.now
                    guard try StorageTables.revive(validated.hash, now: now, in: database) == standing.id else {
                        return nil
                    }
                    return try Self.link(xorb: standing.id, repo: repo, user: user, now: now, in: database)
                }
                // The row has gone since: the upload goes its full way.
                if let linked { return linked }
            } else {
                damaged = standing.key
            }
        }
        return try await store(file, validated, replacing: damaged, repo: repo, user: user)
    }

    private func store(
        _ file: IncomingFile, _ validated: XorbValidation, replacing damaged: ObjectKey?, repo: Int64, user: String,
    ) async throws -> Bool {
        let key = ObjectKey.fresh(for: validated.hash)
        try await database.pool.write { try StorageTables.announce(key, now: Self.now, in: $0) }
        do {
            let index = try await ContentThreads.validating.runIfActive { [objects] in
                try objects.publish(file, as: validated, key: key)
            }
            let (admission, isNew) = try await database.pool.write { database in
                let now = Self.now
                let admission = try StorageTables.admit(index, at: key, damaged: damaged, now: now, in: database)
                guard admission != .refused, let known = try StorageTables.row(of: index.hash, in: database) else {
                    return (admission, false)
                }
                return (admission, try Self.link(xorb: known.id, repo: repo, user: user, now: now, in: database))
            }
            switch admission {
            case .refused:
                await remove(discarded: key)
                throw CASRefusal.leaseLost
            case .stored: indices.insert(index, of: key)
            case .kept: await remove(discarded: key)
            }
            return isNew
        } catch {
            await abandon(key)
            throw error
        }
    }

    private static func link(
        xorb: Int64, repo: Int64, user: String, now: Int64, in database: Database,
    ) throws -> Bool {
        try ContentTables.note(sender: user, of: xorb, in: database)
        return try ContentTables.link(xorb: xorb, repo: repo, now: now, in: database)
    }

    /// Gives up an upload whose row was not written. When even that fails, its lease ends and a collector does it.
    private func abandon(_ key: ObjectKey) async {
        let isOurs = try? await database.pool.write { database in
            guard try StorageTables.consumeIntent(key, in: database) else { return false }
            try StorageTables.discard(key, notBefore: Self.now, in: database)
            return true
        }
        if isOurs == true { await remove(discarded: key) }
    }

    /// Removes an object that is in the trash and never had a row. What fails is left to a collector.
    private func remove(discarded key: ObjectKey) async {
        do {
            try await ContentThreads.reading.runIfActive { [objects] in try objects.remove(key) }
            try await database.pool.write {
                try $0.execute(sql: "DELETE FROM trash WHERE key = ?", arguments: [key])
            }
        } catch {}
    }

    // MARK: Files

    /// Records checked files and links them and their xorbs to a repository, in one durable transaction.
    ///
    /// - Returns: true when the repository did not have all of the files before.
    /// - Throws: `CASRefusal` that names the xorbs when some of them are not stored any more; nothing is recorded then.
    func register(_ files: [CheckedFile], repo: Int64) async throws -> Bool {
        try await database.pool.write { database in
            let now = Self.now
            let named = Set(files.flatMap(\.recipe.segments).map(\.xorb)).sorted()
            var rows: [XorbHash: Int64] = [:]
            for xorb in named { rows[xorb] = try StorageTables.revive(xorb, now: now, in: database) }
            let missing = named.filter { rows[$0] == nil }
            guard missing.isEmpty else { throw CASRefusal.missing(missing) }
            var isNew = false
            for file in files {
                let xorbs = Set(file.recipe.segments.compactMap { rows[$0.xorb] })
                let id = try ContentTables.insert(
                    file: file.hash, size: file.size, chunkCount: file.chunkCount, recipe: file.recipe, xorbs: xorbs,
                    now: now, in: database)
                if let sha256 = file.sha256 {
                    try ContentTables.claim(sha256: sha256, file: id, repo: repo, in: database)
                }
                if let first = file.recipe.segments.first, let chunk = file.firstChunk, let xorb = rows[first.xorb] {
                    try ChunkIndexTable.add(chunk, xorb: xorb, position: first.chunks.lowerBound, in: database)
                }
                if try ContentTables.link(file: id, repo: repo, now: now, in: database) { isNew = true }
            }
            // The recipe that is kept may be another upload's, over other xorbs; what this one proved is linked too.
            for xorb in rows.values { try ContentTables.link(xorb: xorb, repo: repo, now: now, in: database) }
            return isNew
        }
    }
}

extension CASRefusal {
    /// The upload's lease ended before the upload did.
    static let leaseLost = CASRefusal(
        .serviceUnavailable, "the upload took too long and was given up; send the xorb again",
        headers: [.retryAfter: "1"])

    /// Xorbs that files were to be built on are not stored any more, whatever an earlier reply said.
    static func missing(_ xorbs: [XorbHash]) -> CASRefusal {
        let names = xorbs.prefix(20).map { "\($0)" }.joined(separator: ", ")
        let more = xorbs.count > 20 ? " and \(xorbs.count - 20) more" : ""
        return CASRefusal(.badRequest, "no longer stored here, upload again: xorb \(names)\(more)")
    }
}
