internal import ChunkStore
package import NIOCore
internal import NIOPosix
internal import Transfer

/// The bytes of a file in the cache, in order. A stream of the whole file is checked at its end: files change under us.
package struct LocalByteStream: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    private static let partBytes: UInt64 = 1 << 20

    let path: String
    let metadata: FileMetadata
    let range: Range<UInt64>

    package init(path: String, metadata: FileMetadata, range: Range<UInt64>?) {
        self.path = path
        self.metadata = metadata
        let whole = 0..<metadata.size
        self.range = (range ?? whole).clamped(to: whole)
    }

    var isWhole: Bool { range == 0..<metadata.size }

    package struct AsyncIterator: AsyncIteratorProtocol {
        let stream: LocalByteStream
        var position: UInt64
        var file: RandomAccessFile?
        var hasher: ContentHasher?

        package mutating func next() async throws -> ByteBuffer? {
            try Task.checkCancellation()
            guard position < stream.range.upperBound else { return try end() }
            let file = try file ?? RandomAccessFile(path: stream.path, access: .read)
            self.file = file
            let count = Int(Swift.min(LocalByteStream.partBytes, stream.range.upperBound - position))
            let (part, next) = try await NIOThreadPool.singleton.runIfActive { [position, hasher] in
                var part = ByteBufferAllocator().buffer(capacity: count)
                try part.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: space[..<count]), at: position)
                }
                var next = hasher
                part.withUnsafeReadableBytes { next?.update($0) }
                return (part, next)
            }
            guard part.readableBytes == count else { throw changed }
            hasher = next
            position += UInt64(count)
            return part
        }

        private mutating func end() throws -> ByteBuffer? {
            if let hasher, let expected = ContentID(etag: stream.metadata.etag), !hasher.matches(expected) {
                throw changed
            }
            return nil
        }

        private var changed: HubError {
            HubError(
                .digestMismatch, "\(stream.path) is not what the hub's '\(stream.metadata.path)' is",
                hint: "the file in the cache was damaged or changed; remove it and pull again")
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        let hasher =
            isWhole ? ContentID(etag: metadata.etag).map { ContentHasher(for: $0, size: metadata.size) } : nil
        return AsyncIterator(stream: self, position: range.lowerBound, hasher: hasher)
    }
}
