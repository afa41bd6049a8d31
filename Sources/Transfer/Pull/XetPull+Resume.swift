internal import ChunkStore
internal import NIOPosix
internal import Xet

extension XetPull {
    private static let batchBytes = 4 << 20

    /// Takes over what an earlier run left in the partial file: journaled chunks whose bytes still hash to their record
    /// (and, where a manifest is known, stand where it says).
    /// - Parameter shown: bytes that the observer has been told of already.
    /// - Returns: the bytes taken over.
    func resume(_ records: [JournalRecord], alreadyShown shown: UInt64 = 0) async throws -> UInt64 {
        try await onDisk(records) { good in
            let before = max(ledger.coveredBytes, shown)
            ledger.restore(good)
            observer.advanced(request.name, bytes: max(ledger.coveredBytes, shown) - before)
        }
        return ledger.coveredBytes
    }

    /// Re-hashes what records promise and hands over, batch by batch, those whose bytes are really there.
    func onDisk(_ records: [JournalRecord], _ body: ([JournalRecord]) -> Void) async throws {
        let sorted = records.sorted { $0.offset < $1.offset }
        var start = 0
        while start < sorted.count {
            var end = start
            var bytes = 0
            while end < sorted.count, bytes < Self.batchBytes {
                bytes += Int(sorted[end].chunk.length)
                end += 1
            }
            let batch = Array(sorted[start..<end])
            let good = try await engine.memory.withReservation(Self.batchBytes + XetLimits.maximumChunk) {
                try await engine.pool.runIfActive { try verified(batch) }
            }
            body(good)
            start = end
        }
    }

    private func verified(_ records: [JournalRecord]) throws -> [JournalRecord] {
        let total = records.reduce(0) { $0 + Int($1.chunk.length) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: total, alignment: 64)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress else { return [] }
        var candidates: [JournalRecord] = []
        var offsets: [Int] = []
        var lengths: [Int] = []
        var used = 0
        for record in records {
            let length = Int(record.chunk.length)
            let slot = UnsafeMutableRawBufferPointer(rebasing: buffer[used..<used + length])
            guard try file.read(into: slot, at: record.offset) == length else { continue }
            candidates.append(record)
            offsets.append(used)
            lengths.append(length)
            used += length
        }
        var hashes = [ChunkHash](repeating: .zero, count: candidates.count)
        ChunkHashing.hash(base, offsets: offsets, lengths: lengths, into: &hashes)
        return zip(candidates, hashes).compactMap { record, hash in
            guard record.chunk.hash == hash else { return nil }
            guard let manifest else { return record }
            return manifest.index(startingAt: record.offset).map { manifest[$0] } == record.chunk ? record : nil
        }
    }
}
