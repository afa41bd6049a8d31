/// Pieces of which this node has heard that somebody in the swarm has them or is fetching them, though none of its own
/// peers does. In a large swarm a node knows only a few others; without rumours each neighbourhood would fetch all
/// pieces from the origin for itself.
struct RumourBook: Sendable {
    /// What to believe.
    private(set) var pieces: PieceSet
    /// When a piece was first heard of, and from whom; negative before.
    private var heard: [(time: Float, peer: Int32)]
    /// What to pass on.
    var news: [Range<Int>] = []

    init(pieceCount: Int) {
        pieces = PieceSet(capacity: pieceCount)
        heard = Array(repeating: (-1, -1), count: pieceCount)
    }

    /// Notes what a peer has heard. One peer's word is not enough: it could stop all others from fetching anything.
    mutating func hear(_ piece: Int, from peer: Int, _ now: Double) {
        guard !pieces.contains(piece) else { return }
        guard heard[piece].time >= 0 else {
            heard[piece] = (Float(now), Int32(peer))
            return
        }
        if heard[piece].peer != Int32(peer) { believe(piece, now) }
    }

    /// Notes what is sure: a peer has it or fetches it itself.
    mutating func know(_ piece: Int, _ now: Double) {
        guard !pieces.contains(piece) else { return }
        believe(piece, now)
    }

    mutating func remove(_ piece: Int) {
        pieces.remove(piece)
        heard[piece] = (-1, -1)
    }

    private mutating func believe(_ piece: Int, _ now: Double) {
        if heard[piece].time < 0 { heard[piece] = (Float(now), -1) }
        pieces.insert(piece)
        if let last = news.last, last.upperBound == piece {
            news[news.count - 1] = last.lowerBound..<piece + 1
        } else {
            news.append(piece..<piece + 1)
        }
    }

    /// Disbelieves what has not come near within `life` seconds.
    mutating func forget(_ orphans: PieceSet, olderThan life: Double, _ now: Double) {
        for word in orphans.words.indices {
            var bits = orphans.words[word] & pieces.words[word]
            while bits != 0 {
                let piece = word << 6 + bits.trailingZeroBitCount
                bits &= bits - 1
                if now - Double(heard[piece].time) > life {
                    pieces.remove(piece)
                    heard[piece] = (Float(now), heard[piece].peer)
                }
            }
        }
    }
}
