internal import ChunkStore
internal import Xet

/// Puts chunks from local files where the wanted file has them.
struct ChunkSink: Sendable {
    let file: any RandomAccess
    let ledger: PullLedger
    let wanted: WantedChunks

    /// Stores those of some chunks that are wanted and missing. The chunks stand back to back from `base`, and their
    /// hashes have just been computed from these bytes.
    /// - Returns: file bytes that were filled.
    func store(_ chunks: some Sequence<Chunk>, at base: UnsafeRawPointer) throws -> UInt64 {
        var records: [JournalRecord] = []
        /// Chunks that follow each other both in the buffer and in the file are written together.
        var run: (start: Int, end: Int, offset: UInt64) = (0, 0, 0)
        var position = 0

        func flush() throws {
            guard run.end > run.start else { return }
            try file.write(UnsafeRawBufferPointer(start: base + run.start, count: run.end - run.start), at: run.offset)
            run = (0, 0, 0)
        }

        for chunk in chunks {
            let start = position
            position += Int(chunk.length)
            var planned: [UInt64] = []
            wanted.forEach(chunk) { record in
                if !ledger.contains(record.range), !records.contains(record) {
                    records.append(record)
                    planned.append(record.offset)
                }
            }
            for offset in planned {
                if run.end == start, run.end > run.start, run.offset + UInt64(run.end - run.start) == offset {
                    run.end = position
                } else {
                    try flush()
                    run = (start, position, offset)
                }
            }
        }
        try flush()
        try ledger.add(records)
        return records.reduce(0) { $0 + UInt64($1.chunk.length) }
    }
}
