import Swarm
import Testing

struct PieceLayoutTests {
    private let layout = PieceLayout(lengths: [10, 20, 30, 100, 5, 5, 5], pieceBytes: 60)

    @Test func piecesAreWholeChunksUpToTheLimit() {
        #expect(layout.firstChunks == [0, 3, 4, 7])
        #expect(layout.starts == [0, 60, 160, 175])
        #expect(layout.count == 3)
        #expect(layout.size == 175)
        #expect(layout.length(of: 1..<3) == 115)
    }

    @Test func rangesOfChunksAreTurnedIntoPieces() {
        #expect(layout.pieces(within: 0..<7) == 0..<3)
        #expect(layout.pieces(within: 1..<4) == 1..<2)
        #expect(layout.pieces(within: 1..<3).isEmpty)
        #expect(layout.pieces(touching: 1..<4) == 0..<2)
        #expect(layout.pieces(touching: 3..<3).isEmpty)
    }

    @Test func stretchesThatAreNotKnownAreCutByChunks() {
        let layout = PieceLayout(
            stretches: [
                .init(chunks: 0..<5, bytes: 0..<500, whole: 0), .init(chunks: 5..<6, bytes: 500..<530, whole: nil),
                .init(chunks: 6..<10, bytes: 530..<930, whole: 1), .init(chunks: 10..<12, bytes: 930..<1000, whole: 0),
            ],
            pieceChunks: 2)
        #expect(layout.firstChunks == [0, 2, 4, 5, 6, 8, 10, 12])
        #expect(layout.starts == [0, 200, 400, 500, 530, 730, 930, 1000])
        #expect(layout.whole(of: 1) == [0..<3, 6..<7])
        #expect(layout.whole(of: 3) == nil)
        #expect(layout.whole(of: 4) == [4..<6])
        #expect(layout.hasWholes)
        #expect(!self.layout.hasWholes && self.layout.whole(of: 0) == nil)
    }

    @Test func everyLayoutCoversItsFile() {
        var random = PlanRandom(seed: 7)
        for _ in 0..<200 {
            let lengths = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                UInt32.random(in: 1...131_072, using: &random)
            }
            let layout = PieceLayout(lengths: lengths, pieceBytes: Int.random(in: 1...1 << 20, using: &random))
            #expect(layout.size == lengths.reduce(0) { $0 + UInt64($1) })
            #expect(layout.chunks(of: 0..<layout.count) == 0..<UInt32(lengths.count))
            for piece in 0..<layout.count {
                let chunks = layout.chunks(of: piece..<piece + 1)
                #expect(!chunks.isEmpty)
                #expect(layout.pieces(within: chunks) == piece..<piece + 1)
                #expect(layout.pieces(touching: chunks) == piece..<piece + 1)
            }
        }
    }

    @Test func setsKeepCountAndRanges() {
        var set = PieceSet(capacity: 130)
        set.insert(60..<70)
        set.insert(129..<130)
        let again = set.insert(65)
        #expect(!again)
        #expect(set.count == 11)
        #expect(set.ranges == [60..<70, 129..<130])
        let removed = set.remove(65)
        #expect(removed)
        #expect(set.ranges == [60..<65, 66..<70, 129..<130])
        #expect(PieceSet.full(130).isFull)
    }
}
