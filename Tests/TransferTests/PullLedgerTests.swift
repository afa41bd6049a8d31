import ChunkStore
import TestSupport
import Testing
import Xet

@testable import Transfer

@Suite struct PullLedgerTests {
    private static let chunks = (0..<4).map { number in
        JournalRecord(
            offset: UInt64(number) * 10_000,
            chunk: Chunk(hash: ChunkHash(w0: UInt64(number), w1: 1, w2: 2, w3: 3), length: 10_000))
    }

    private func ledger(_ fixture: Fixture) throws -> PullLedger {
        let journal = try Journal.open(path: fixture.path("journal"), file: .zero, size: 40_000).journal
        return PullLedger(size: 40_000, journal: journal, closesRoot: true)
    }

    @Test("closes the root over chunks that came in any order")
    func anyOrder() async throws {
        try await withFixture { fixture in
            let ledger = try ledger(fixture)
            for index in [2, 0, 3] { try ledger.add([Self.chunks[index]]) }
            #expect(ledger.closedHash() == nil)
            #expect(ledger.gaps(in: 0..<40_000) == [10_000..<20_000])
            try ledger.add([Self.chunks[1]])
            #expect(ledger.closedHash() == FileHash(of: Self.chunks.map(\.chunk)))
        }
    }

    @Test("does not vouch for bytes that were written over", arguments: [5_000, 10_000])
    func overlap(offset: UInt64) async throws {
        try await withFixture { fixture in
            let ledger = try ledger(fixture)
            try ledger.add(Self.chunks)
            let other = Chunk(hash: ChunkHash(w0: 9, w1: 9, w2: 9, w3: 9), length: 10_000)
            try ledger.add([JournalRecord(offset: offset, chunk: other)])
            #expect(ledger.closedHash() == nil)
        }
    }

    @Test("a journal is read back, without what a kill tore off")
    func tornJournal() async throws {
        try await withFixture { fixture in
            try ledger(fixture).add(Self.chunks)
            let path = fixture.path("journal")
            let bytes = try readBytes(path)
            for cut in [1, 47, 48, 49] {
                try Array(bytes.dropLast(cut)).write(to: path)
                let records = try Journal.open(path: path, file: .zero, size: 40_000).records
                #expect(records == Array(Self.chunks.prefix(4 - (cut + 47) / 48)))
            }
            var flipped = bytes
            flipped[48 + 20] ^= 1
            try flipped.write(to: path)
            #expect(try Journal.open(path: path, file: .zero, size: 40_000).records.isEmpty)
        }
    }
}
