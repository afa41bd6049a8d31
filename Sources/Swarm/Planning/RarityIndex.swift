/// How many peers have each piece, arranged so that the rarest are found quickly.
struct RarityIndex: Sendable {
    /// Counts from here on are not told apart.
    private static let most = 8

    private var counts: [UInt16]
    /// For each count up to `most` the pieces that have it.
    private var levels: [PieceSet]

    init(pieceCount: Int) {
        counts = [UInt16](repeating: 0, count: pieceCount)
        levels = [PieceSet](repeating: PieceSet(capacity: pieceCount), count: Self.most + 1)
        levels[0] = .full(pieceCount)
    }

    func count(of piece: Int) -> Int { Int(counts[piece]) }

    mutating func add(_ piece: Int) { change(piece, by: 1) }
    mutating func remove(_ piece: Int) { change(piece, by: -1) }

    private mutating func change(_ piece: Int, by difference: Int) {
        let before = Int(counts[piece])
        let after = before + difference
        counts[piece] = UInt16(after)
        guard min(before, Self.most) != min(after, Self.most) else { return }
        levels[min(before, Self.most)].remove(piece)
        levels[min(after, Self.most)].insert(piece)
    }

    /// Pieces that nobody has.
    var orphans: PieceSet { levels[0] }

    /// A piece of those that `candidates` gives, word by word, that as few peers as possible have; of several one by
    /// chance. Those in `postponed` count as if one more had them.
    func rarest(
        postponing postponed: PieceSet, using random: inout PlanRandom, candidates: (Int) -> UInt64
    ) -> Int? {
        let words = postponed.words.count
        let start = random.below(words)
        // Candidates first: most often they are few, and the levels need not be looked at where there are none.
        var found: [(word: Int, bits: UInt64)] = []
        for step in 0..<words {
            let word = (start + step) % words
            let bits = candidates(word)
            if bits != 0 { found.append((word, bits)) }
        }
        guard !found.isEmpty else { return nil }
        for rank in 1...Self.most + 1 {
            for (word, bits) in found {
                let late = postponed.words[word]
                var fitting: UInt64 = 0
                if rank <= Self.most { fitting |= bits & levels[rank].words[word] & ~late }
                fitting |= bits & levels[rank - 1].words[word] & late
                if fitting != 0 { return word << 6 + Self.randomBit(of: fitting, using: &random) }
            }
        }
        return nil
    }

    /// The place of one of the bits that are set; there must be one.
    static func randomBit(of bits: UInt64, using random: inout PlanRandom) -> Int {
        var rest = bits
        for _ in 0..<random.below(bits.nonzeroBitCount) { rest &= rest - 1 }
        return rest.trailingZeroBitCount
    }
}
