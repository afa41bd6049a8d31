package import PublishWire

/// What this machine has taken from places of the DHT that name torrents, on disk: the newest item of each.
///
/// Several processes may share the file: what each has seen is joined.
package actor ItemBook {
    private let file: String
    private let clock: @Sendable () -> Int64
    private var seen: SeenItems
    private var isDirty = false

    /// Opens the book; a file that cannot be read counts as none.
    package init(folder: CatalogueFolder, limit: Int = 1_024, clock: @escaping @Sendable () -> Int64 = { Clock.now }) {
        file = folder.itemsFile
        self.clock = clock
        seen = Self.stored(file, limit: limit) ?? SeenItems(limit: limit)
    }

    private static func stored(_ file: String, limit: Int) -> SeenItems? {
        PlacedFile.read(file, limit: SeenItems.largest).flatMap { try? SeenItems($0, limit: limit) }
    }

    package func item(key: [UInt8], salt: [UInt8]) -> SignedItem? { seen.item(key: key, salt: salt) }

    /// Takes an item that was asked for.
    /// - Throws: ``PublishError`` for one that is wrong, or older than what was seen.
    package func take(_ item: SignedItem) throws(PublishError) {
        if try seen.consider(item, at: clock()) == .newer { isDirty = true }
    }

    /// Writes what is new; what other processes have written meanwhile is joined.
    package func save() async throws(PublishError) {
        guard isDirty else { return }
        let lock = try await PlaceLock.acquire(file + ".lock", patience: .seconds(10))
        defer { withExtendedLifetime(lock) {} }
        if let other = Self.stored(file, limit: seen.limit) {
            for (item, time) in other.items { _ = try? seen.consider(item, at: time) }
        }
        isDirty = false
        try PlacedFile.write(seen.bytes, to: file)
    }
}
