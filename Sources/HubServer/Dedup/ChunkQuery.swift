import Crypto
import Foundation
import GRDB
import NIOPosix
import Xet

/// Answers who has a chunk with a shard of the xorb that holds it and of those around it (xet-protocol §5.5, §4.7).
///
/// Only xorbs that the asker may know of are looked at, so that to everybody else an answer tells nothing. The hashes in
/// it are keyed: it can be searched for chunks that one has, and tells nothing of chunks that one lacks.
struct ChunkQuery: Sendable {
    let content: ContentStore
    let secrets: ServerSecrets
    /// No answer is valid for longer than what it promises is kept.
    let grace: Duration

    /// Clients keep their own shards for as long.
    private static let longestLife = Duration.seconds(21 * 86_400)
    /// Chunks in one answer, unless a single xorb has more; 3 MiB of shard.
    private static let maximumChunks = 64_000
    /// Xorbs with a chunk of the same first word that are looked at.
    private static let maximumPlaces = 32

    private struct Candidate: Sendable {
        var id: Int64
        var key: ObjectKey
        var position: UInt32
    }

    /// The shard's bytes; nil when the asker may know of no xorb that has the chunk, or nobody may ask for it.
    func answer(_ chunk: ChunkHash, for claims: CASClaims, now: Int64) async throws -> [UInt8]? {
        try await ContentThreads.reading.runIfActive {
            let found = try xorbs(around: chunk, for: claims, now: now)
            return found.isEmpty ? nil : shard(of: found, now: now)
        }
    }

    /// The xorb that has the chunk, and then those around it, as many as fit into one answer. Empty when the asker may
    /// know of none. Blocks.
    func xorbs(around chunk: ChunkHash, for claims: CASClaims, now: Int64) throws -> [XorbIndex] {
        let candidates = try content.database.pool.read { try self.candidates(for: chunk, claims, in: $0) }
        guard let found = try confirm(candidates, chunk) else { return [] }
        let offered = try content.database.pool.write { database -> [ObjectKey] in
            try self.neighbours(of: found, claims, in: database).filter { key in
                // Said again in one transaction with the note that it was said, so that its age counts from now (U1).
                guard let known = try StorageTables.row(of: key.xorb, in: database), known.row.key == key,
                    known.row.state == .live, !known.row.isBad
                else { return false }
                if known.row.touchedAt < now - ContentStore.touchInterval {
                    _ = try StorageTables.revive(key.xorb, now: now, in: database)
                }
                return true
            }
        }
        guard offered.contains(found.key) else { return [] }
        var indices: [XorbIndex] = []
        var count = 0
        for key in offered {
            guard let index = try? content.indices.index(of: key) else { continue }
            guard indices.isEmpty || count + index.chunkCount <= Self.maximumChunks else { break }
            count += index.chunkCount
            indices.append(index)
        }
        return indices
    }

    private func candidates(
        for chunk: ChunkHash, _ claims: CASClaims, in database: Database,
    ) throws -> [Candidate] {
        try ChunkIndexTable.places(of: chunk, limit: Self.maximumPlaces, in: database).compactMap { place in
            let key = try ObjectKey.fetchOne(
                database.cachedStatement(sql: "SELECT key FROM xorb WHERE id = ? AND state = 0 AND is_bad = 0"),
                arguments: [place.xorb])
            guard let key,
                try ContentTables.isUsable(
                    xorb: place.xorb, repo: claims.repo, user: claims.user, isLimited: claims.isLimited, in: database)
            else { return nil }
            return Candidate(id: place.xorb, key: key, position: place.position)
        }
    }

    /// The first candidate that really has the chunk; the index knows only the beginning of its hash.
    private func confirm(_ candidates: [Candidate], _ chunk: ChunkHash) throws -> Candidate? {
        try candidates.first { candidate in
            do {
                let index = try content.index(of: candidate.key)
                return Int(candidate.position) < index.chunkCount
                    && index.chunkHashes[Int(candidate.position)] == chunk
            } catch ContentError.objectMissing {
                return false
            } catch ContentError.damagedObject {
                return false
            }
        }
    }

    /// The xorbs of a file that has the found one, from a little before it on: what the asker will want next. All of
    /// them belong to a repository that the asker may know of, as the file does.
    private func neighbours(
        of found: Candidate, _ claims: CASClaims, in database: Database,
    ) throws -> [ObjectKey] {
        let files = try Data.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT file.hash FROM file_xorb JOIN file ON file.id = file_xorb.file
                    WHERE file_xorb.xorb = ? ORDER BY file.size DESC LIMIT 8
                    """), arguments: [found.id])
        for hash in files {
            guard
                let file = try ContentTables.file(FileHash(column: hash), in: database),
                try ContentTables.isUsable(
                    file: file.id, repo: claims.repo, user: claims.user, isLimited: claims.isLimited, in: database)
            else { continue }
            var order: [ObjectKey] = []
            var seen: Set<ObjectKey> = []
            for segment in file.recipe.segments {
                let key = try file.object(of: segment.xorb)
                if seen.insert(key).inserted { order.append(key) }
            }
            guard let place = order.firstIndex(of: found.key) else { continue }
            return [found.key] + order[(place + 1)...] + order[..<place].reversed()
        }
        return [found.key]
    }

    private func shard(of found: [XorbIndex], now: Int64) -> [UInt8] {
        let xorbs = found.map { index in
            var listing = ShardXorb(
                hash: index.hash, chunks: (0..<UInt32(index.chunkCount)).lazy.map { index.chunk($0) },
                packedLength: index.bodyLength)
            for position in listing.chunks.indices where listing.chunks[position].hash.isGlobalDedupEligible {
                listing.chunks[position].isGlobalDedupEligible = true
            }
            return listing
        }
        let life = min(grace, Self.longestLife).components.seconds
        return Shard(xorbs: xorbs).keyed(with: key(now: now))
            .completeForm(creation: UInt64(clamping: now), expiry: UInt64(clamping: now + life))
    }

    /// A new key every week: clients search each key's shards apart, so there should be few of them.
    private func key(now: Int64) -> HashingKey {
        secrets.key("chunk-answers-\(now / (7 * 86_400))").withUnsafeBytes { bytes in
            bytes.baseAddress.map { HashingKey(loading: $0) } ?? .zero
        }
    }
}
