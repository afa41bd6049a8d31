internal import ChunkStore
internal import Xet

/// Takes wanted chunks out of a local file whose chunk list is known. Only those are read, and each is hashed before it
/// counts: the file may have changed since the list was made.
///
/// Proof of `@unchecked Sendable`: one job at a time calls ``step()``, and each is awaited before the next.
final class ListedCopy: @unchecked Sendable {
    static let batchBytes = 4 << 20
    /// Chunks in a row that are not what the list says before the file is given up.
    private static let patience = 64

    private let source: RandomAccessFile
    private let list: ManifestFile
    private let sink: ChunkSink
    private var next = 0
    private var position: UInt64 = 0
    private var wrong = 0

    init(source: RandomAccessFile, list: ManifestFile, sink: ChunkSink) {
        self.source = source
        self.list = list
        self.sink = sink
    }

    /// Copies the next few MiB.
    /// - Returns: file bytes that were filled; nil at the end.
    func step() throws -> UInt64? {
        var picks: [JournalRecord] = []
        var bytes = 0
        while next < list.chunkCount, bytes < Self.batchBytes {
            let chunk = list[next]
            var isMissing = false
            sink.wanted.forEach(chunk) { if !sink.ledger.contains($0.range) { isMissing = true } }
            if isMissing {
                picks.append(JournalRecord(offset: position, chunk: chunk))
                bytes += Int(chunk.length)
            }
            position += UInt64(chunk.length)
            next += 1
        }
        guard !picks.isEmpty, wrong < Self.patience else { return nil }
        return try copy(picks, bytes: bytes)
    }

    private func copy(_ picks: [JournalRecord], bytes: Int) throws -> UInt64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress else { return 0 }
        var offsets: [Int] = []
        var lengths: [Int] = []
        var start = 0
        var used = 0
        while start < picks.count {
            // Neighbours in the file are read in one call.
            var end = start + 1
            while end < picks.count, picks[end].offset == picks[end - 1].range.upperBound { end += 1 }
            let count = Int(picks[end - 1].range.upperBound - picks[start].offset)
            let space = UnsafeMutableRawBufferPointer(rebasing: buffer[used..<used + count])
            let got = try source.read(into: space, at: picks[start].offset)
            // What is past the end of a file that became shorter hashes to something else.
            UnsafeMutableRawBufferPointer(rebasing: space[got...]).initializeMemory(as: UInt8.self, repeating: 0)
            for pick in picks[start..<end] {
                offsets.append(used)
                lengths.append(Int(pick.chunk.length))
                used += Int(pick.chunk.length)
            }
            start = end
        }
        var hashes = [ChunkHash](repeating: .zero, count: picks.count)
        ChunkHashing.hash(base, offsets: offsets, lengths: lengths, into: &hashes)
        return try store(picks, hashes, at: base, offsets)
    }

    private func store(
        _ picks: [JournalRecord], _ hashes: [ChunkHash], at base: UnsafeMutableRawPointer, _ offsets: [Int]
    ) throws -> UInt64 {
        var filled: UInt64 = 0
        var index = 0
        while index < picks.count {
            guard picks[index].chunk.hash == hashes[index] else {
                wrong += 1
                index += 1
                continue
            }
            wrong = 0
            var end = index + 1
            while end < picks.count, picks[end].chunk.hash == hashes[end] { end += 1 }
            filled += try sink.store(picks[index..<end].lazy.map(\.chunk), at: base + offsets[index])
            index = end
        }
        return filled
    }
}
