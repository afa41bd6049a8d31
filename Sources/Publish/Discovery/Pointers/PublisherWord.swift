internal import PublishWire
internal import Torrents

/// What the publisher of a pinned namespace itself says of one model in the DHT, besides its index: the model's pointer,
/// or the list in its root. It is found in seconds, also while nobody gives the index away.
struct PublisherWord: Sendable {
    let model: FoundModel
    /// When it was signed.
    let time: Int64
}

struct PublisherWordSeeker: Sendable {
    let engine: any TorrentEngine
    let roots: RootBook
    let items: ItemBook
    let clock: @Sendable () -> Int64

    /// - Parameter publisher: the identity that the namespace is pinned to.
    func word(of publisher: PublisherKey, on id: CatalogueID, patience: Duration) async -> PublisherWord? {
        let seeker = ItemSeeker(engine: engine, book: items)
        let patience = await seeker.waitForNodes(patience)
        let known = await roots.operatingKey(of: publisher)
        // Whether the key still works for the publisher is asked together with what it says.
        async let look = RootSeeker(engine: engine, book: roots).seek(publisher, patience: patience)
        var pointer: ModelPointer?
        if let known { pointer = await ask(seeker, known, publisher, id, patience) }
        if await look { try? await roots.save() }
        if let now = await roots.operatingKey(of: publisher), now != known {
            pointer = await ask(seeker, now, publisher, id, patience)
        }
        guard let current = await currentDelegation(of: publisher) else { return nil }
        // What an operating key has signed whose place another has taken may be a thief's.
        if let told = pointer, told.delegation.notBefore < current.notBefore { pointer = nil }
        return newest(pointer, await listed(id, by: publisher), id, by: publisher)
    }

    private func ask(
        _ seeker: ItemSeeker, _ key: PublisherKey, _ publisher: PublisherKey, _ id: CatalogueID, _ patience: Duration
    ) async -> ModelPointer? {
        let clock = clock
        let answer = await seeker.newest(key: key.bytes, salt: ModelPointer.salt(of: id), patience: patience) {
            item throws(PublishError) in
            let pointer = try ModelPointer(item, of: id)
            guard pointer.delegation.identity == publisher else {
                throw PublishError(.wrongStatement, "the pointer to \(id) speaks for another publisher")
            }
            try pointer.checkCurrent(sequence: item.sequence, at: clock())
        }
        switch answer {
        case .newest(let item): return try? ModelPointer(item, of: id)
        case .refused(let error) where error.code == .rolledBack:
            // The DHT is behind what was seen already, which still holds.
            guard let item = await items.item(key: key.bytes, salt: ModelPointer.salt(of: id)),
                let pointer = try? ModelPointer(item, of: id), pointer.delegation.identity == publisher,
                (try? pointer.checkCurrent(sequence: item.sequence, at: clock())) != nil
            else { return nil }
            return pointer
        default: return nil
        }
    }

    /// The newest delegation that is known; nil where the publisher or its operating key is withdrawn.
    private func currentDelegation(of publisher: PublisherKey) async -> Delegation? {
        let root = await roots.root(of: publisher)?.root
        guard root?.isRevoked != true else { return nil }
        guard let item = await roots.identityItem(of: publisher), let word = try? IdentityItem(item) else {
            return root?.delegation
        }
        return word.delegation
    }

    /// What the root lists itself.
    private func listed(_ id: CatalogueID, by publisher: PublisherKey) async -> (hash: [UInt8], time: Int64)? {
        guard let known = await roots.root(of: publisher), known.isCurrent, let hash = known.root.inline[id] else {
            return nil
        }
        return (hash, known.root.time)
    }

    private func newest(
        _ pointer: ModelPointer?, _ listed: (hash: [UInt8], time: Int64)?, _ id: CatalogueID,
        by publisher: PublisherKey
    ) -> PublisherWord? {
        var model: FoundModel
        let time: Int64
        if let pointer, listed.map({ $0.time <= pointer.time || $0.hash == pointer.hashes.v2 }) ?? true {
            model = FoundModel(link: MagnetLink(pointer.hashes), name: ModelName(id), manifestHash: pointer.manifest)
            model.link.size = pointer.size
            time = pointer.time
        } else if let listed, let hashes = InfoHashes(v1: nil, v2: listed.hash) {
            model = FoundModel(link: MagnetLink(hashes), name: ModelName(id))
            time = listed.time
        } else {
            return nil
        }
        model.link.displayName = id.text
        model.publisher = publisher
        return PublisherWord(model: model, time: time)
    }
}
