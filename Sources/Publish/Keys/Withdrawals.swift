package import PublishWire

/// The last words of identities that this user has given up for good: signed items, which are put into the DHT again and
/// again. They are as public as the DHT; the keys that signed them are not needed for it.
package struct Withdrawals: Sendable, Hashable {
    package private(set) var items: [SignedItem] = []

    /// Bytes that the file may have.
    private static let largest = 256 << 10

    private static func file(_ folder: PublishFolder) -> String { folder.keys + "/withdrawn" }

    /// - Throws: ``PublishError`` for a file that is damaged: what was withdrawn must not come back.
    package static func read(_ folder: PublishFolder) throws(PublishError) -> Withdrawals {
        let path = file(folder)
        guard FileFacts(path) != nil else { return Withdrawals() }
        guard let bytes = PlacedFile.read(path, limit: largest) else {
            throw PublishError(
                .localFile, "\(path) cannot be read", hint: "check who owns it, or restore it from a copy")
        }
        var found = Withdrawals()
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let item = Base32.decode(String(line)).flatMap({ try? SignedItem($0) }), isWithdrawal(item) else {
                throw PublishError(
                    .malformed, "\(path) has a line that withdraws no key", hint: "restore it from a copy")
            }
            found.items.append(item)
        }
        return found
    }

    /// Adds items to those on disk.
    static func add(_ items: [SignedItem], in folder: PublishFolder) throws(PublishError) {
        var all = try read(folder).items
        let known = Set(all.map { $0.key + $0.salt })
        all += items.filter { !known.contains($0.key + $0.salt) }
        let text = all.map { Base32.encode($0.bytes) + "\n" }.joined()
        guard text.utf8.count <= largest else {
            throw PublishError(.tooLarge, "\(all.count) keys were withdrawn, which is more than can be told")
        }
        try PlacedFile.write(Array(text.utf8), to: file(folder), mode: 0o600)
    }

    private static func isWithdrawal(_ item: SignedItem) -> Bool {
        if item.salt == RootItem.salt { return (try? RootItem(item))?.isRevoked == true }
        return (try? IdentityItem(item))?.isRevoked == true
    }

    /// The identities that say so themselves.
    package var identities: Set<PublisherKey> {
        Set(items.compactMap { $0.salt == IdentityItem.salt ? PublisherKey($0.key) : nil })
    }
}
