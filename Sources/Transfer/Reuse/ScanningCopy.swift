internal import ChunkStore
internal import Xet

/// Takes wanted chunks out of a local file whose chunk list is not known, by cutting and hashing all of it; and keeps
/// the list for the next time.
///
/// Proof of `@unchecked Sendable`: one job at a time calls ``step()``, and each is awaited before the next.
final class ScanningCopy: @unchecked Sendable {
    /// What one scan holds in memory.
    static let memory = 2 << 20
    /// Places at which a file is tried before all of it is read, and bytes read at each.
    private static let samples = 16
    private static let sampleBytes = 512 << 10

    private let file: SequentialFile
    private let sink: ChunkSink
    private let list: ManifestWriter?
    private var stream = ChunkStream(capacity: memory)
    private var tree = MerkleTreeBuilder()
    private var isDone = false
    /// The file's hash, once it was read to its end.
    private(set) var summary: FileSummary?

    init(path: String, sink: ChunkSink, list: ManifestWriter?) throws {
        file = try SequentialFile(path: path)
        self.sink = sink
        self.list = list
    }

    /// Reads and copies the next MiB or two.
    /// - Returns: file bytes that were filled; nil at the end.
    func step() throws -> UInt64? {
        guard !isDone else { return nil }
        let count = try stream.fill { try file.read(into: $0) }
        isDone = count == 0
        var filled: UInt64 = 0
        try stream.drain(atEnd: isDone) { base, chunks in
            for chunk in chunks { tree.append(chunk) }
            list?.append(chunks)
            filled = try sink.store(chunks, at: base)
        }
        if isDone {
            let chunkCount = tree.chunkCount
            let hash = FileHash(root: tree.finish())
            list?.finish(hash)
            summary = FileSummary(
                size: file.position, fileHash: hash, sha256: nil, chunkCount: chunkCount,
                identity: file.steadyIdentity)
        }
        return filled
    }

    /// Cuts a few places of a file and tells what share of the chunks there is wanted, between 0 and 1. Blocks.
    static func share(of wanted: WantedChunks, in file: RandomAccessFile, size: UInt64) throws -> Double {
        var stream = ChunkStream(capacity: memory)
        var (seen, found) = (0, 0)
        for sample in 0..<samples {
            let room = size - min(size, UInt64(sampleBytes))
            let start = room / UInt64(samples - 1) * UInt64(sample)
            var left = sampleBytes
            _ = try stream.fill { space in
                let part = UnsafeMutableRawBufferPointer(rebasing: space[..<min(space.count, left)])
                let count = try file.read(into: part, at: start)
                left -= count
                return count
            }
            stream.drain(atEnd: false) { _, chunks in
                // In the middle of a file the first cut is not where the file's own chunk begins.
                for chunk in chunks.dropFirst(start == 0 ? 0 : 1) {
                    seen += 1
                    if wanted.contains(chunk) { found += 1 }
                }
            }
            stream.reset()
        }
        return seen == 0 ? 0 : Double(found) / Double(seen)
    }
}
