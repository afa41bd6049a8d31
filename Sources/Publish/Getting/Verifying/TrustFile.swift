package import PublishWire

/// The user's book of publishers, on disk.
package enum TrustFile {
    /// - Throws: ``PublishError`` for a book that is damaged: without it a publisher could be taken for another.
    package static func read(_ folder: PublishFolder) throws(PublishError) -> TrustBook {
        guard FileFacts(folder.trustFile) != nil else { return TrustBook() }
        guard let bytes = PlacedFile.read(folder.trustFile, limit: TrustBook.largest) else {
            throw PublishError(
                .localFile, "\(folder.trustFile) cannot be read", hint: "check who owns it, or restore it from a copy")
        }
        return try TrustBook(bytes)
    }

    /// Changes the book as it is at that moment.
    package static func change(
        _ folder: PublishFolder, _ body: (inout TrustBook) throws(PublishError) -> Void
    ) async throws(PublishError) {
        let lock = try await PlaceLock.acquire(folder.trustLock)
        defer { withExtendedLifetime(lock) {} }
        let before = try read(folder)
        var book = before
        try body(&book)
        guard book != before else { return }
        try PlacedFile.write(try book.encoded(), to: folder.trustFile, mode: 0o600)
    }
}
