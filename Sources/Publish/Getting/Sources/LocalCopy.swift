package import NIOCore
internal import NIOPosix
internal import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Files of this machine that have the same content as files of the torrent: other models, and Hugging Face caches.
package struct LocalCopies: RangeSource {
    package let name = "this machine"
    package let kind = SourceKind.local
    package let knowsRanges = true
    /// By the file's place in the metainfo.
    private let paths: [Int: String]

    package init(paths: [Int: String]) {
        self.paths = paths
    }

    package var isEmpty: Bool { paths.isEmpty }

    package func mayHave(_ file: SourceFile) -> Bool { paths[file.index] != nil }

    package func read(
        _ file: SourceFile, _ range: Range<Int64>, _ take: @Sendable (ByteBuffer) async throws -> Bool
    ) async throws {
        guard let path = paths[file.index] else { throw SourceFault(.lacksFile, "\(file.path) is not here") }
        var position = range.lowerBound
        while position < range.upperBound {
            let count = Int(min(1 << 20, range.upperBound - position))
            let part = try await NIOThreadPool.singleton.runIfActive { [position] in
                Self.read(path, at: position, count: count)
            }
            guard let part, part.readableBytes == count else {
                throw SourceFault(.lacksFile, "\(path) cannot be read, or has become shorter")
            }
            position += Int64(count)
            guard try await take(part) else { return }
        }
    }

    private static func read(_ path: String, at position: Int64, count: Int) -> ByteBuffer? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var part = ByteBufferAllocator().buffer(capacity: count)
        while part.readableBytes < count {
            let left = count - part.readableBytes
            let start = position + Int64(part.readableBytes)
            let got = part.writeWithUnsafeMutableBytes(minimumWritableBytes: left) {
                max(0, pread(file, $0.baseAddress, left, off_t(start)))
            }
            guard got > 0 else { return nil }
        }
        return part
    }
}
