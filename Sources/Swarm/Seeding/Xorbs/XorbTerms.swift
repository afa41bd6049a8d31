internal import ChunkStore
internal import Xet

/// Where the chunks of xorbs lie in files: what the CAS once told about files that are here, turned around.
///
/// 24 bytes for each run of chunks, and 32 for each xorb; at most ``maximumRows`` runs.
struct XorbTerms: Sendable {
    /// Runs that are remembered: stands for some 60 TB of files.
    static let maximumRows = 1_000_000

    private struct Row: Sendable {
        var xorb: UInt32
        var file: UInt32
        /// The number in the file of the run's first chunk.
        var fileChunk: UInt32
        var start: UInt16
        var end: UInt16
    }

    /// A run of a xorb's chunks in a file.
    struct Run: Sendable {
        var chunks: Range<UInt32>
        var file: FileHash
        /// The number in the file of the first chunk.
        var fileChunk: Int
    }

    /// Sorted.
    private(set) var xorbs: [XorbHash] = []
    private var files: [FileHash] = []
    private var rows: [Row] = []

    init() {}

    /// Looks up the recipes of files. Blocks.
    init(of candidates: some Sequence<FileHash>, in set: inout ShardSet) {
        var numbers: [XorbHash: UInt32] = [:]
        for hash in candidates where rows.count < Self.maximumRows {
            guard let file = set.file(hash) else { continue }
            let number = UInt32(files.count)
            files.append(hash)
            var chunk: UInt32 = 0
            for segment in file.segments {
                guard let start = UInt16(exactly: segment.chunkStart), let end = UInt16(exactly: segment.chunkEnd),
                    start < end, end <= XetLimits.maximumXorbChunks
                else { break }
                let xorb = numbers[segment.xorb] ?? UInt32(numbers.count)
                numbers[segment.xorb] = xorb
                rows.append(Row(xorb: xorb, file: number, fileChunk: chunk, start: start, end: end))
                chunk &+= UInt32(end - start)
            }
        }
        let sorted = numbers.sorted { $0.key < $1.key }
        var places = [UInt32](repeating: 0, count: sorted.count)
        for (place, entry) in sorted.enumerated() { places[Int(entry.value)] = UInt32(place) }
        xorbs = sorted.map(\.key)
        for index in rows.indices { rows[index].xorb = places[Int(rows[index].xorb)] }
        rows.sort { ($0.xorb, $0.start, $1.end) < ($1.xorb, $1.start, $0.end) }
    }

    /// The runs of a xorb, in its order.
    func runs(of xorb: XorbHash) -> [Run] {
        let place = xorbs.partitionPoint { $0 >= xorb }
        guard place < xorbs.count, xorbs[place] == xorb else { return [] }
        var index = rows.partitionPoint { $0.xorb >= UInt32(place) }
        var runs: [Run] = []
        while index < rows.count, rows[index].xorb == UInt32(place) {
            let row = rows[index]
            runs.append(
                Run(
                    chunks: UInt32(row.start)..<UInt32(row.end), file: files[Int(row.file)],
                    fileChunk: Int(row.fileChunk)))
            index += 1
        }
        return runs
    }

    /// How much of the front of a xorb files have.
    struct Front: Sendable {
        var xorb: XorbHash
        /// Chunks from the first one on, without a gap.
        var chunks: UInt32
        /// The number in a file of the first chunk that it has of the xorb, where it is smallest.
        fileprivate var place: UInt32
    }

    /// The xorbs of files that count, those first with which files begin.
    func fronts(where counts: (FileHash) -> Bool) -> [Front] {
        let isCounted = files.map(counts)
        var fronts: [Front] = []
        var (number, last) = (0, UInt32.max)
        for row in rows where isCounted[Int(row.file)] {
            if row.xorb != last {
                fronts.append(Front(xorb: xorbs[Int(row.xorb)], chunks: 0, place: row.fileChunk))
                (number, last) = (fronts.count - 1, row.xorb)
            }
            let chunks = fronts[number].chunks
            if row.start <= chunks { fronts[number].chunks = max(chunks, UInt32(row.end)) }
            fronts[number].place = min(fronts[number].place, row.fileChunk)
        }
        return fronts.sorted { ($0.place, $0.xorb) < ($1.place, $1.xorb) }
    }
}
