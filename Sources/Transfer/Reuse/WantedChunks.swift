internal import ChunkStore
internal import Xet

/// The chunks that a file still lacks, to be found by hash. 16 bytes per chunk besides the list itself.
struct WantedChunks: Sendable {
    /// Where chunks stand in the file.
    enum List: Sendable {
        case manifest(ManifestFile)
        /// Only some chunks are known, as of a file without a manifest.
        case records([JournalRecord])
    }

    private struct Row {
        var truncatedHash: UInt64
        var number: UInt32
    }

    private let list: List
    private let rows: [Row]

    /// - Parameter isMissing: whether a part of the file is still to be had; the others are left out.
    init(_ list: List, isMissing: (Range<UInt64>) -> Bool) {
        self.list = list
        var rows: [Row] = []
        switch list {
        case .manifest(let manifest):
            var position: UInt64 = 0
            for number in 0..<manifest.chunkCount {
                let chunk = manifest[number]
                let range = position..<position + UInt64(chunk.length)
                position = range.upperBound
                if isMissing(range) { rows.append(Row(truncatedHash: chunk.hash.w0, number: UInt32(number))) }
            }
        case .records(let records):
            for (number, record) in records.enumerated() where isMissing(record.range) {
                rows.append(Row(truncatedHash: record.chunk.hash.w0, number: UInt32(number)))
            }
        }
        rows.sort { ($0.truncatedHash, $0.number) < ($1.truncatedHash, $1.number) }
        self.rows = rows
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Calls `body` with every place of a chunk in the file.
    /// - Returns: whether there is any.
    @discardableResult
    func forEach(_ chunk: Chunk, _ body: (JournalRecord) throws -> Void) rethrows -> Bool {
        var row = rows.partitionPoint { $0.truncatedHash >= chunk.hash.w0 }
        var isWanted = false
        while row < rows.count, rows[row].truncatedHash == chunk.hash.w0 {
            let number = Int(rows[row].number)
            row += 1
            let record: JournalRecord
            switch list {
            case .manifest(let manifest):
                guard manifest[number] == chunk else { continue }
                record = JournalRecord(offset: manifest.offset(of: number), chunk: chunk)
            case .records(let records):
                guard records[number].chunk == chunk else { continue }
                record = records[number]
            }
            isWanted = true
            try body(record)
        }
        return isWanted
    }

    func contains(_ chunk: Chunk) -> Bool { forEach(chunk) { _ in } }
}
