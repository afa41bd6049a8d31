internal import PublishWire
internal import Torrents

/// What goes into the DHT.
extension CataloguePublisher {
    /// Age at which a root is signed anew though nothing has changed, so that others see that its owner is there.
    private static let resigningAge: Int64 = 20 * 3_600
    /// Models that have an item of their own.
    static let mostPointers = 64
    private static let patience = Duration.seconds(15)

    /// The newest item that the DHT has in a place; those that are not signed by its key count as none.
    func found(key: [UInt8], salt: [UInt8]) async -> SignedItem? {
        var newest: SignedItem?
        for await item in engine.items(key: key, salt: salt, timeout: Self.patience) {
            guard item.key == key, item.salt == salt, (try? item.verify()) != nil else { continue }
            if item.sequence > newest?.sequence ?? -1 { newest = item }
        }
        return newest
    }

    /// Puts the root. What the DHT has is read first: another machine with the same key may have been faster, and a
    /// number that is there already must not be used for something else.
    func putRoot(_ stored: IndexShelf.Stored, of voice: PublisherVoice) async throws {
        let now = clock()
        let there = await found(key: voice.operating.publicKey.bytes, salt: RootItem.salt)
        if let there, (try? RootItem(there))?.isRevoked == true {
            publication.phase = .revoked
            throw PublishError(
                .revoked, "the key that signs for this publisher was withdrawn",
                hint: "make a new one with 'shoal trust rotate'")
        }
        var root = record.root
        if let known = root, known.key != voice.operating.publicKey.bytes { root = nil }
        let previous = [root?.sequence, there?.sequence].compactMap { $0 }.max()
        let isOutdated = (there?.sequence ?? -1) > (root?.sequence ?? -1)
        if isOutdated || !says(root, stored, voice, at: now) {
            let fresh = try RootItem(
                delegation: voice.delegation, index: stored.hash, count: stored.index.entries.count, time: now,
                label: voice.label, rotation: voice.rotations.last, entries: Self.inline(stored.index))
            root = try fresh.signed(by: voice.operating, after: previous)
            record.root = root
            try record.write(to: folder.ownFile)
        }
        guard let root else { return }
        _ = try? await book.take(root)
        publication.nodes = try await engine.put(root)
        record.nodes = publication.nodes
        guard publication.nodes >= timing.enoughNodes else {
            publication.phase = .spreading
            publication.failure = "\(publication.nodes) of \(timing.enoughNodes) nodes of the DHT have taken the root"
            return
        }
        record.publishedAt = now
        publication.publishedAt = now
        publication.phase = .published
        publication.failure = nil
        try record.write(to: folder.ownFile)
    }

    /// Whether an item says what is to be said now.
    private func says(_ item: SignedItem?, _ stored: IndexShelf.Stored, _ voice: PublisherVoice, at now: Int64) -> Bool
    {
        guard let item, let root = try? RootItem(item), root.index == stored.hash, root.delegation == voice.delegation,
            root.label == voice.label, root.rotation == voice.rotations.last
        else { return false }
        return now - root.time < Self.resigningAge && root.time <= now + Times.clockSkew
    }

    /// All models with the v2 hash of their newest torrent, if all have one.
    private static func inline(_ index: CatalogueIndex) -> [CatalogueID: [UInt8]] {
        var inline: [CatalogueID: [UInt8]] = [:]
        for entry in index.newest { inline[entry.id] = entry.hashes.v2 }
        return inline.count == index.entries.count ? inline : [:]
    }

    /// Puts the last words of identities that were given up, and says nothing else of theirs any more.
    /// - Returns: how many nodes took the one that the fewest took; nil where there are none.
    func putWithdrawals() async throws -> Int? {
        let items = try await signer.withdrawals()
        let authors = Set(items.map(\.key))
        if record.statements.contains(where: { authors.contains($0.key) }) {
            record.statements.removeAll { authors.contains($0.key) }
            try record.write(to: folder.ownFile)
        }
        var fewest: Int?
        for item in items {
            _ = try? await book.take(item)
            let nodes = try await engine.put(item)
            fewest = min(fewest ?? nodes, nodes)
        }
        return fewest
    }

    /// Puts what the identities say. It is signed anew only when there is something new to say.
    func putStatements(of voice: PublisherVoice) async throws {
        var previous: [PublisherKey: Int64] = [:]
        for item in record.statements {
            if let author = PublisherKey(item.key) { previous[author] = item.sequence }
        }
        let present = record.statements.first { $0.key == voice.identity.bytes }.flatMap { try? IdentityItem($0) }
        let isCurrent =
            present?.delegation == voice.delegation && present?.rotation == voice.rotations.last
            && present?.label == voice.label
        if !isCurrent {
            let there = await found(key: voice.identity.bytes, salt: IdentityItem.salt)
            if let there, (try? IdentityItem(there))?.isRevoked == true {
                publication.phase = .revoked
                throw PublishError(
                    .revoked, "the identity of this publisher was withdrawn",
                    hint: "followers have to pin a new one by hand")
            }
            previous[voice.identity] = [previous[voice.identity], there?.sequence].compactMap { $0 }.max()
            let fresh = try voice.statements(previous)
            // Where the identity key is elsewhere, what it said before is repeated as long as it holds.
            let authors = Set(fresh.map(\.key))
            record.statements = fresh + record.statements.filter { !authors.contains($0.key) }
            try record.write(to: folder.ownFile)
        }
        for item in record.statements {
            _ = try? await book.take(item)
            _ = try await engine.put(item)
        }
    }

    /// Puts a pointer for each of the newest models; of the others the index tells.
    func putPointers(_ index: CatalogueIndex, of voice: PublisherVoice) async throws {
        let entries = index.newest.sorted { $0.published > $1.published }.prefix(Self.mostPointers)
        var kept: [String: SignedItem] = [:]
        var isChanged = false
        for entry in entries {
            let name = entry.id.description
            var item = record.pointers[name]
            if let known = item, known.key != voice.operating.publicKey.bytes || !says(known, entry, voice) {
                item = nil
            }
            if item == nil {
                let there = await found(key: voice.operating.publicKey.bytes, salt: ModelPointer.salt(of: entry.id))
                let previous = [record.pointers[name]?.sequence, there?.sequence].compactMap { $0 }.max()
                item = try ModelPointer(
                    id: entry.id, delegation: voice.delegation, hashes: entry.hashes, manifest: entry.manifest,
                    commit: Self.commit(entry.revision), size: entry.size, time: clock()
                ).signed(by: voice.operating, after: previous)
                isChanged = true
            }
            kept[name] = item
        }
        isChanged = isChanged || kept.count != record.pointers.count
        record.pointers = kept
        if isChanged { try record.write(to: folder.ownFile) }
        for item in kept.values { _ = try await engine.put(item) }
    }

    private func says(_ item: SignedItem, _ entry: CatalogueEntry, _ voice: PublisherVoice) -> Bool {
        guard let pointer = try? ModelPointer(item, of: entry.id) else { return false }
        return pointer.hashes == entry.hashes && pointer.manifest == entry.manifest
            && pointer.delegation == voice.delegation && clock() - pointer.time < Self.resigningAge
    }

    private static func commit(_ revision: String) -> [UInt8]? {
        Hexadecimal.decode(revision).flatMap { $0.count == 20 ? $0 : nil }
    }
}
