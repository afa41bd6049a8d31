package import ChunkStore
package import NIOCore
internal import Transport

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file of which peers are asked for parts, by somebody who gets the rest of it elsewhere. Implemented above this target.
package protocol PeerFile: Sendable {
    /// Whether it is known what the chunks are, and somebody has some of them.
    var isHeld: Bool { get }
    /// Whether peers have all of these bytes.
    func mayHave(_ bytes: Range<UInt64>) -> Bool
    /// Reads bytes of the file, each chunk verified before it is handed out.
    /// - Parameter take: gets the bytes in order, and says whether more are wanted.
    /// - Throws: ``TransferError`` with code `no_peers` when nobody has what comes next; what `take` throws;
    ///   `CancellationError`.
    func read(_ bytes: Range<UInt64>, _ take: @Sendable (ByteBuffer) async throws -> Bool) async throws
    /// Says good-bye.
    func leave() async
}

extension TransferEngine {
    /// The manifest of a file as it was kept here, or as peers tell it; such as may come are waited for.
    package func manifest(of request: XetFileRequest, fromPeersOf swarm: any FileSwarm) async throws -> ManifestFile? {
        if let shelf = local?.manifests.path(of: request.hash), let kept = await load(shelf, request) { return kept }
        // It is mapped, then unlinked: it takes no name and ends with whoever reads it.
        let path = temporaryPath("manifest")
        defer { unlink(path) }
        return try await manifest(of: request, fromPeersOf: swarm, path: path)
    }

    /// Whether so many bytes may be asked for now, where the user limits what may come.
    package func mayAsk(for bytes: Int) -> Bool { settings.downloadLimit?.takeIfDue(bytes) ?? true }
}
