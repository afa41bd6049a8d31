import Crypto
import NIOPosix
import Xet

/// What one reading of spooled bytes tells.
struct ContentSummary: Sendable {
    var size: UInt64
    var fileHash: FileHash
    /// Only when asked for.
    var sha256: Xet.SHA256Digest?
}

/// Reads spooled bytes once for their hashes, in 2 MiB of memory.
///
/// Proof of `@unchecked Sendable`: one job at a time uses it, and each is awaited before the next.
final class ContentHashing: @unchecked Sendable {
    private var reader: SpooledContent.Reader
    private var stream = ChunkStream()
    private var tree = MerkleTreeBuilder()
    private var hasher: SHA256?

    /// Bytes per job, so that long files and short ones share the threads.
    private static let slice = 64 << 20

    private init(_ content: SpooledContent, withSHA256: Bool) {
        reader = SpooledContent.Reader(content)
        hasher = withSHA256 ? SHA256() : nil
    }

    static func summarize(_ content: SpooledContent, withSHA256: Bool) async throws -> ContentSummary {
        let hashing = ContentHashing(content, withSHA256: withSHA256)
        while true {
            try Task.checkCancellation()
            let summary = try await ContentThreads.validating.runIfActive { try hashing.step() }
            if let summary { return summary }
        }
    }

    /// Returns nil when there is more to read.
    private func step() throws -> ContentSummary? {
        var left = Self.slice
        while left > 0 {
            let count = try stream.fill { buffer in
                let count = try reader.read(into: buffer)
                hasher?.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                return count
            }
            stream.drain(atEnd: count == 0) { _, chunks in
                for chunk in chunks { tree.append(chunk) }
            }
            guard count > 0 else {
                let size = tree.totalLength
                return ContentSummary(
                    size: size, fileHash: FileHash(root: tree.finish()), sha256: hasher.map { .init($0.finalize()) })
            }
            left -= count
        }
        return nil
    }
}
