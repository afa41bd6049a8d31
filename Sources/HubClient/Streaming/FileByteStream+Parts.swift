internal import NIOCore
internal import NIOPosix

extension FileByteStream {
    /// Hands over the bytes in order, part by part, on the thread pool for blocking work: `body` may write to a pipe
    /// whose reader is slow, and the source slows down with it.
    /// - Parameter body: gets each part; the memory is valid during the call only.
    /// - Throws: ``HubError`` as the iterator, and what `body` throws.
    public func forEachPart(_ body: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void) async throws {
        for try await part in self {
            try await NIOThreadPool.singleton.runIfActive { try part.withUnsafeReadableBytes(body) }
        }
    }
}
