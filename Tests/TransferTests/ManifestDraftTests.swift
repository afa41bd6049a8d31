import ChunkStore
import TestSupport
import Testing
import Xet

@testable import Transfer

/// What is known of the chunks of a file before there is a manifest.
@Suite struct ManifestDraftTests {
    private static let lengths: [UInt32] = (0..<40).map { 10_000 + $0 * 7 }
    private let chunks = Self.lengths.enumerated().map { number, length in
        let bytes = [UInt8](repeating: UInt8(number), count: Int(length))
        return Chunk(hash: bytes.withUnsafeBytes { ChunkHashing.hash($0) }, length: length)
    }
    private var size: UInt64 { chunks.reduce(0) { $0 + UInt64($1.length) } }
    private var hash: FileHash { FileHash(of: chunks) }

    private func offset(_ chunk: Int) -> UInt64 { chunks[..<chunk].reduce(0) { $0 + UInt64($1.length) } }
    private func records(_ range: Range<Int>) -> [JournalRecord] {
        range.map { JournalRecord(offset: offset($0), chunk: chunks[$0]) }
    }

    private func term(_ range: Range<Int>, of xorb: XorbHash, at first: UInt32 = 0) -> TermLog.Entry {
        TermLog.Entry(
            range: offset(range.lowerBound)..<offset(range.upperBound), xorb: xorb,
            chunks: first..<first + UInt32(range.count))
    }

    private func xorb(_ range: Range<Int>) -> XorbHash { XorbHash(of: chunks[range]) }

    /// Two whole xorbs, the first of them cut in two by the plans.
    private func makeDraft() throws -> ManifestDraft {
        let terms = [
            term(0..<9, of: xorb(0..<15)), term(9..<15, of: xorb(0..<15), at: 9), term(15..<40, of: xorb(15..<40)),
        ]
        return try #require(ManifestDraft(of: hash, size: size, terms: terms))
    }

    @Test func whatHasComeProvesAXorbOnceAllOfItIsThere() throws {
        let draft = try makeDraft()
        #expect(draft.chunkCount == 40 && draft.provableBytes == size)
        #expect(draft.places.map(\.chunks) == [0..<15, 15..<40])
        draft.note(records(4..<15))
        #expect(!draft.isKnown(xorb: 0))
        #expect(draft.chunk(at: 5) == nil && draft.offset(of: 5) == nil)
        draft.note(records(0..<4))
        #expect(draft.isKnown(xorb: 0) && !draft.isKnown(xorb: 1))
        #expect(draft.takeNews() == [0])
        #expect(draft.takeNews().isEmpty)
        #expect(draft.leaves(of: xorb(0..<15)) == Array(chunks[..<15]))
        #expect(draft.leaves(of: xorb(15..<40)) == nil)
        #expect(draft.isVerified(0..<15) && !draft.isVerified(14..<16))
        #expect(draft.offset(of: 14) == offset(14))
        #expect(!draft.isProven)
        draft.note(records(15..<40))
        #expect(draft.isProven && draft.isFulfilled)
        #expect(draft.chunks == chunks)
    }

    @Test func aListIsBelievedOnlyIfItIsTheXorbs() throws {
        let draft = try makeDraft()
        let leaves = Array(chunks[15..<40])
        var wrong = leaves
        wrong.swapAt(3, 4)
        #expect(!draft.learn(wrong, of: xorb(15..<40)))
        #expect(!draft.learn(Array(leaves.dropLast()), of: xorb(15..<40)))
        #expect(!draft.learn(leaves, of: xorb(0..<15)))
        #expect(!draft.learn(leaves, of: .zero))
        #expect(!draft.learn([], of: xorb(15..<40)))
        #expect(!draft.isKnown(xorb: 1))
        #expect(draft.learn(leaves, of: xorb(15..<40)))
        #expect(draft.isKnown(xorb: 1) && !draft.isVerified(15..<16))
        // What has come before and what comes after count alike.
        draft.note(records(20..<22))
        #expect(draft.isVerified(20..<22) && !draft.isVerified(19..<20))
    }

    @Test func wrongBytesAreNotVerifiedAndCanBeReplaced() throws {
        let draft = try makeDraft()
        let bad = JournalRecord(offset: offset(3), chunk: Chunk(hash: chunks[4].hash, length: chunks[3].length))
        draft.note(records(0..<3) + [bad] + records(4..<15))
        #expect(!draft.isKnown(xorb: 0))
        #expect(draft.learn(Array(chunks[..<15]), of: xorb(0..<15)))
        #expect(draft.isVerified(0..<3) && draft.isVerified(4..<15) && !draft.isVerified(3..<4))
        draft.note(records(3..<4))
        #expect(draft.isVerified(0..<15))
        draft.note([bad])
        #expect(!draft.isVerified(0..<15))
    }

    @Test func aManifestTellsAllAtOnce() throws {
        let draft = try makeDraft()
        var wrong = FileManifest(chunks: chunks)
        wrong.chunks.swapAt(0, 1)
        for bytes in [wrong.encoded(), Array(FileManifest(chunks: chunks).encoded().dropLast()), []] {
            let isRight = bytes.withUnsafeBytes { draft.learn(manifest: $0) }
            #expect(!isRight)
        }
        #expect(!draft.isProven)
        draft.note(records(0..<40).reversed())
        let isRight = FileManifest(chunks: chunks).encoded().withUnsafeBytes { draft.learn(manifest: $0) }
        #expect(isRight && draft.isProven && draft.isFulfilled)
    }

    /// A part of a xorb cannot be proven by what comes, but by a list of all of the xorb.
    @Test func partsOfXorbs() throws {
        let whole = xorb(5..<40)
        let file = Array(chunks[10..<30])
        let size = offset(30) - offset(10)
        let terms = [
            TermLog.Entry(range: 0..<size, xorb: whole, chunks: 5..<25)
        ]
        let draft = try #require(ManifestDraft(of: FileHash(of: file), size: size, terms: terms))
        #expect(!draft.xorbs[0].mayBeWhole && draft.provableBytes == 0)
        draft.note((10..<30).map { JournalRecord(offset: offset($0) - offset(10), chunk: chunks[$0]) })
        #expect(!draft.isKnown(xorb: 0))
        #expect(draft.learn(Array(chunks[5..<40]), of: whole))
        #expect(draft.isFulfilled)
        #expect(draft.leaves(of: whole)?.count == 35)
    }

    @Test func termsThatCannotBe() {
        let xorb = xorb(0..<40)
        let whole = term(0..<40, of: xorb)
        #expect(ManifestDraft(of: hash, size: size, terms: []) == nil)
        #expect(ManifestDraft(of: hash, size: size + 1, terms: [whole]) == nil)
        #expect(ManifestDraft(of: hash, size: size, terms: [whole, whole]) == nil)
        for chunks in [0..<0, 0..<3, 8000..<8193, 0..<9000] as [Range<UInt32>] {
            let odd = TermLog.Entry(range: 0..<size, xorb: xorb, chunks: chunks)
            #expect(ManifestDraft(of: hash, size: size, terms: [odd]) == nil)
        }
    }
}
