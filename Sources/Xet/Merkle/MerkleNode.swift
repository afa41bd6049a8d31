/// A node of the tree that xorb and file hashes are roots of: a hash and the bytes below it (xet-protocol §2.3).
struct MerkleNode: Sendable {
    static let smallestGroup = 3
    static let largestGroup = 9
    /// A group ends at a node whose last hash word is a multiple of this.
    static let cutModulus: UInt64 = 4
    /// 64 hex digits, " : ", at most 20 decimal digits and a newline.
    private static let longestLine = 64 + 3 + 20 + 1

    var hash: NodeHash
    var size: UInt64

    init(hash: NodeHash, size: UInt64) {
        self.hash = hash
        self.size = size
    }

    /// The parent of one to nine children: the keyed BLAKE3 of their text lines.
    init(parentOf children: [MerkleNode]) {
        var size: UInt64 = 0
        hash = withUnsafeTemporaryAllocation(byteCount: children.count * Self.longestLine, alignment: 1) { text in
            var used = 0
            for child in children {
                size &+= child.size
                used += child.writeLine(into: UnsafeMutableRawBufferPointer(rebasing: text[used...]))
            }
            return Blake3Hasher.hash(UnsafeRawBufferPointer(rebasing: text[..<used]), key: HashKey.node)
        }
        self.size = size
    }

    /// Writes `hash : size` and a newline; returns how many bytes that took.
    private func writeLine(into line: UnsafeMutableRawBufferPointer) -> Int {
        var at = 64
        if let start = line.baseAddress {
            hash.storeText(to: start.assumingMemoryBound(to: UInt8.self))
        }
        line[at] = UInt8(ascii: " ")
        line[at + 1] = UInt8(ascii: ":")
        line[at + 2] = UInt8(ascii: " ")
        at = Self.writeDecimal(size, into: line, at: at + 3)
        line[at] = UInt8(ascii: "\n")
        return at + 1
    }

    private static func writeDecimal(_ value: UInt64, into line: UnsafeMutableRawBufferPointer, at start: Int) -> Int {
        var end = start
        var rest = value
        repeat {
            line[end] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            end += 1
        } while rest > 0
        // The digits came lowest first.
        line[start..<end].reverse()
        return end
    }
}
