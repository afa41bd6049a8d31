internal import ChunkStore
internal import Transfer
internal import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The chunks of a file, proven to make up its hash.
enum ChunkList: Sendable {
    /// From a manifest; or as far as xorbs have told, and the others are zero.
    case shared(SharedChunks)
    /// Of a small file, with where each chunk ends.
    case listed([Chunk], ends: [UInt64])

    /// Files up to this many bytes need no list on disk: they are cut and hashed when somebody wants them.
    static let largestCutFile = Int(ManifestShelf.smallestFile)

    var count: Int {
        switch self {
        case .shared(let chunks): chunks.count
        case .listed(let chunks, _): chunks.count
        }
    }

    subscript(index: Int) -> Chunk {
        switch self {
        case .shared(let chunks): chunks.chunk(at: index) ?? Chunk(hash: .zero, length: 0)
        case .listed(let chunks, _): chunks[index]
        }
    }

    /// Where a chunk starts in the file.
    func offset(of index: Int) -> UInt64 {
        switch self {
        case .shared(let chunks): chunks.offset(of: index) ?? 0
        case .listed(_, let ends): index == 0 ? 0 : ends[index - 1]
        }
    }

    /// What is known of the chunks; nil where all are.
    var draft: ManifestDraft? {
        if case .shared(let chunks) = self { chunks.draft } else { nil }
    }

    /// Whether all of it is known.
    var isWhole: Bool { draft?.isProven ?? true }

    /// Finds the list of a file: where it was put, or for a small one by cutting the file. Blocks.
    static func open(_ hash: FileHash, size: UInt64, manifests: [String], paths: [String]) -> ChunkList? {
        for path in manifests {
            if let file = ManifestFile(path: path, file: hash, size: size) {
                return .shared(.manifest(file))
            }
        }
        guard size <= UInt64(largestCutFile) else { return nil }
        return paths.lazy.compactMap { cut(path: $0, hash, size: size) }.first
    }

    private static func cut(path: String, _ hash: FileHash, size: UInt64) -> ChunkList? {
        guard let file = try? RandomAccessFile(path: path, access: .read), (try? file.length) == size else {
            return nil
        }
        var stream = ChunkStream(capacity: max(2 * XetLimits.maximumChunk, Int(size) + 1))
        var chunks: [Chunk] = []
        let got = try? stream.fill { try file.read(into: $0, at: 0) }
        guard got == Int(size) else { return nil }
        stream.drain(atEnd: true) { _, found in chunks = found }
        guard FileHash(of: chunks) == hash else { return nil }
        var end: UInt64 = 0
        let ends = chunks.map { chunk in
            end += UInt64(chunk.length)
            return end
        }
        return .listed(chunks, ends: ends)
    }

    /// Bytes of the wire form, cut to what there is.
    func wireBytes(_ range: Range<Int>) -> [UInt8] {
        let range = range.clamped(to: 0..<ManifestWire.size(chunkCount: count))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        if range.lowerBound < ManifestWire.headerSize {
            bytes += ManifestWire.header(count: UInt64(count))[range.clamped(to: 0..<ManifestWire.headerSize)]
        }
        var record = [UInt8](repeating: 0, count: ManifestWire.recordSize)
        var index = max(0, range.lowerBound - ManifestWire.headerSize) / ManifestWire.recordSize
        while index < count {
            let start = ManifestWire.size(chunkCount: index)
            guard start < range.upperBound else { break }
            record.withUnsafeMutableBytes { target in
                if let base = target.baseAddress { ManifestWire.store(self[index], to: base) }
            }
            let wanted = range.clamped(to: start..<start + ManifestWire.recordSize)
            bytes += record[wanted.lowerBound - start..<wanted.upperBound - start]
            index += 1
        }
        return bytes
    }
}

/// The chunk lists that were used last.
struct ChunkListCache: Sendable {
    private struct Slot: Sendable {
        var list: ChunkList
        var used: UInt64
    }

    private var slots: [FileHash: Slot] = [:]
    private var clock: UInt64 = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    mutating func find(_ hash: FileHash) -> ChunkList? {
        guard let list = slots[hash]?.list else { return nil }
        clock += 1
        slots[hash]?.used = clock
        return list
    }

    mutating func insert(_ list: ChunkList, for hash: FileHash) {
        clock += 1
        slots[hash] = Slot(list: list, used: clock)
        if slots.count > capacity, let oldest = slots.min(by: { $0.value.used < $1.value.used }) {
            slots[oldest.key] = nil
        }
    }

    mutating func remove(_ hash: FileHash) { slots[hash] = nil }
}
