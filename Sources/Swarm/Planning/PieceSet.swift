/// A set of pieces of one file: a bit for each.
package struct PieceSet: Sendable, Equatable {
    package private(set) var words: [UInt64]
    package let capacity: Int
    /// How many pieces are in it.
    package private(set) var count = 0

    package init(capacity: Int) {
        self.capacity = capacity
        words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
    }

    /// All pieces.
    package static func full(_ capacity: Int) -> PieceSet {
        var set = PieceSet(capacity: capacity)
        set.insert(0..<capacity)
        return set
    }

    package var isFull: Bool { count == capacity }
    package var isEmpty: Bool { count == 0 }

    package func contains(_ piece: Int) -> Bool { words[piece >> 6] & (1 << UInt64(piece & 63)) != 0 }

    /// - Returns: whether it was not in the set.
    @discardableResult
    package mutating func insert(_ piece: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(piece & 63)
        guard words[piece >> 6] & bit == 0 else { return false }
        words[piece >> 6] |= bit
        count += 1
        return true
    }

    package mutating func insert(_ pieces: Range<Int>) { for piece in pieces { insert(piece) } }

    /// - Returns: whether it was in the set.
    @discardableResult
    package mutating func remove(_ piece: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(piece & 63)
        guard words[piece >> 6] & bit != 0 else { return false }
        words[piece >> 6] &= ~bit
        count -= 1
        return true
    }

    /// The runs of neighbours in the set, in order.
    package var ranges: [Range<Int>] {
        var ranges: [Range<Int>] = []
        forEach { piece in
            if let last = ranges.last, last.upperBound == piece {
                ranges[ranges.count - 1] = last.lowerBound..<piece + 1
            } else {
                ranges.append(piece..<piece + 1)
            }
        }
        return ranges
    }

    package func forEach(_ body: (Int) -> Void) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(index << 6 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}
