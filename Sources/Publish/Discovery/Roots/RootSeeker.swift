package import PublishWire
package import Torrents

/// Asks the DHT for the roots of publishers that are known by their identity, and puts them again for them.
package struct RootSeeker: Sendable {
    private let engine: any TorrentEngine
    private let book: RootBook

    package init(engine: any TorrentEngine, book: RootBook) {
        self.engine = engine
        self.book = book
    }

    /// Asks what an identity says of itself, and then for the root of the key that works for it.
    /// - Returns: whether the root is newer than what was known.
    @discardableResult
    package func seek(_ identity: PublisherKey, patience: Duration) async -> Bool {
        let before = await book.root(of: identity)?.item
        // The key that was known before is asked for at once; most often it still is the one.
        let known = await book.operatingKey(of: identity)
        await withTaskGroup(of: Void.self) { group in
            if let known { group.addTask { await take(RootItem.salt, of: known, patience) } }
            group.addTask {
                await take(IdentityItem.salt, of: identity, patience)
                if let now = await book.operatingKey(of: identity), now != known {
                    await take(RootItem.salt, of: now, patience)
                }
            }
        }
        return await book.root(of: identity)?.item != before
    }

    private func take(_ salt: [UInt8], of key: PublisherKey, _ patience: Duration) async {
        for await item in engine.items(key: key.bytes, salt: salt, timeout: patience) {
            guard item.key == key.bytes, item.salt == salt else { continue }
            _ = try? await book.take(item)
        }
    }

    /// Puts what is known of a publisher into the DHT again, as it was signed; for that no key is needed.
    ///
    /// It is left out where the DHT has it already, but for one time in three: nobody tells how many nodes do, and
    /// items vanish after two hours.
    /// - Returns: how many nodes took the root; nil where there was nothing to put, or nothing was needed.
    @discardableResult
    package func repeatItems(
        of identity: PublisherKey, patience: Duration, fraction: Double = .random(in: 0..<1)
    ) async -> Int? {
        var nodes: Int?
        let held = [
            await book.identityItem(of: identity),
            await book.root(of: identity).flatMap { $0.isCurrent || $0.root.isRevoked ? $0.item : nil },
        ]
        for item in held.compactMap({ $0 }) {
            var there: Int64 = -1
            for await found in engine.items(key: item.key, salt: item.salt, timeout: patience) {
                guard found.key == item.key, found.salt == item.salt else { continue }
                there = max(there, found.sequence)
                _ = try? await book.take(found)
            }
            guard there < item.sequence || (there == item.sequence && fraction < 1.0 / 3) else { continue }
            let taken = try? await engine.put(item)
            if item.salt == RootItem.salt { nodes = taken }
        }
        return nodes
    }
}
