internal import ChunkStore
internal import PublishWire
package import Transfer
package import Xet

/// The hashes of files, from an earlier reading where nothing has changed since.
package struct ContentHashes: Sendable {
    package struct Hashes: Sendable, Hashable {
        package var sha256: SHA256Digest
        package var xet: FileHash
    }

    /// By the order of the files.
    package private(set) var hashes: [Hashes] = []
    private var identities: [FileIdentity] = []

    /// Hashes files; bytes are reported by their paths in the torrent.
    /// - Throws: what the engine throws for files that cannot be read, and ``PublishError``.
    package init(
        _ files: [ShareContent.File], engine: TransferEngine, observer: any TransferObserver
    ) async throws {
        var found: [Hashes?] = []
        for file in files {
            let identity = try Self.identity(of: file)
            identities.append(identity)
            let real = FolderPath.real(file.source) ?? file.source
            let known = engine.local?.files.find(path: real, identity: identity)
            found.append(known.flatMap { record in record.sha256.map { Hashes(sha256: $0, xet: record.fileHash) } })
        }
        let missing = files.indices.filter { found[$0] == nil }
        for (file, hashes) in zip(files, found) {
            observer.began(TransferItem(name: file.path.description, totalBytes: UInt64(file.size)))
            if hashes != nil { observer.finished(file.path.description, outcome: .alreadyPresent) }
        }
        let names = Dictionary(missing.map { (files[$0].source, files[$0].path.description) }) { first, _ in first }
        let namer = NamingObserver(inner: observer, names: names)
        var results: [TransferEngine.HashResult] = []
        try await engine.hash(
            paths: missing.map { files[$0].source }, withSHA256: true, observer: namer
        ) { result in
            let name = files[missing[results.count]].path.description
            if case .success = result { observer.finished(name, outcome: .transferred) }
            results.append(result)
        }
        for (index, result) in zip(missing, results) {
            let hashed = try result.get()
            guard let sha256 = hashed.sha256, Int64(hashed.size) == files[index].size else {
                throw Self.changed(files[index])
            }
            found[index] = Hashes(sha256: sha256, xet: hashed.fileHash)
        }
        hashes = found.compactMap(\.self)
        guard hashes.count == files.count else { throw CancellationError() }
    }

    /// Makes sure that nobody has written to the files since.
    package func checkUnchanged(_ files: [ShareContent.File]) throws {
        for (file, identity) in zip(files, identities) {
            guard try Self.identity(of: file).hasSameContent(as: identity) else { throw Self.changed(file) }
        }
    }

    /// The present time, in nanoseconds since 1970.
    package static var now: Int64 { FileIdentity.now }

    /// The latest change of any file, in seconds since 1970.
    package var latestChange: Int64 { max(0, identities.map(\.modified).max() ?? 0) / 1_000_000_000 }

    private static func identity(of file: ShareContent.File) throws -> FileIdentity {
        guard let identity = FileIdentity(path: file.source) else { throw Self.changed(file) }
        return identity
    }

    private static func changed(_ file: ShareContent.File) -> PublishError {
        PublishError(
            .changed, "\(file.path) changed while it was read", hint: "share again when nobody writes to the folder")
    }
}

/// Reports bytes of files under their names in the torrent.
private struct NamingObserver: TransferObserver {
    let inner: any TransferObserver
    let names: [String: String]

    func began(_ item: TransferItem) {}
    func advanced(_ name: String, bytes: UInt64) { inner.advanced(names[name] ?? name, bytes: bytes) }
    func travelled(_ bytes: UInt64) {}
    func finished(_ name: String, outcome: TransferOutcome) {}
    func warned(_ message: String) { inner.warned(message) }
}
