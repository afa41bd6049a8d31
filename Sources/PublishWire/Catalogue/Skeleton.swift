/// What is left of a name when everything is taken away in which names look alike.
enum Skeleton {
    /// Two names of one skeleton are easily taken for each other: case, separators, accents, letters of other scripts
    /// that look like Latin ones, and `0`/`o`, `1`/`l`/`i`, `5`/`s`, `rn`/`m`, `vv`/`w` make no difference.
    static func of(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x41...0x5A: bytes.append(UInt8(truncatingIfNeeded: scalar.value) + 0x20)
            case 0x30...0x39, 0x61...0x7A: bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            case 0x7C: bytes.append(UInt8(ascii: "l"))
            case 0..<0x80: continue
            default: bytes.append(contentsOf: Homoglyphs.latin(scalar))
            }
        }
        return folded(bytes)
    }

    private static func folded(_ bytes: [UInt8]) -> [UInt8] {
        var folded: [UInt8] = []
        for byte in bytes {
            switch (folded.last, byte) {
            case (UInt8(ascii: "r"), UInt8(ascii: "n")): folded[folded.count - 1] = UInt8(ascii: "m")
            case (UInt8(ascii: "v"), UInt8(ascii: "v")): folded[folded.count - 1] = UInt8(ascii: "w")
            case (_, UInt8(ascii: "0")): folded.append(UInt8(ascii: "o"))
            case (_, UInt8(ascii: "1")), (_, UInt8(ascii: "i")): folded.append(UInt8(ascii: "l"))
            case (_, UInt8(ascii: "5")): folded.append(UInt8(ascii: "s"))
            default: folded.append(byte)
            }
        }
        return folded
    }

    /// All that one letter less makes of a skeleton. Two of which one becomes the other by one letter more, less,
    /// other, or swapped with its neighbour share one of these, or one is among those of the other.
    static func shortened(_ skeleton: [UInt8]) -> Set<[UInt8]> {
        Set(skeleton.indices.map { Array(skeleton[..<$0] + skeleton[($0 + 1)...]) })
    }

    /// Whether at most one letter was put in, left out, exchanged, or swapped with its neighbour.
    static func isNear(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard abs(one.count - other.count) <= 1 else { return false }
        let front = zip(one, other).prefix { $0 == $1 }.count
        let left = one[front...]
        let right = other[front...]
        if one.count == other.count {
            guard let first = left.first, let second = right.first else { return true }
            if left.dropFirst().elementsEqual(right.dropFirst()) { return true }
            return left.dropFirst().first == second && right.dropFirst().first == first
                && left.dropFirst(2).elementsEqual(right.dropFirst(2))
        }
        return one.count > other.count
            ? left.dropFirst().elementsEqual(right) : right.dropFirst().elementsEqual(left)
    }
}
