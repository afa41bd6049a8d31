import Testing
import Xet

@Suite struct MerkleTests {
    @Test("an empty list is zero, one leaf is itself")
    func trivialRoots() {
        var generator = SeededGenerator(seed: 1)
        var tree = MerkleTreeBuilder()
        #expect(tree.finish() == .zero)
        #expect(tree.finishFile() == .zero)
        let leaf: ChunkHash = generator.hash()
        tree.append(leaf, length: 5)
        #expect(tree.chunkCount == 1)
        #expect(tree.totalLength == 5)
        #expect(tree.finish() == leaf.retyped())
        #expect(tree.chunkCount == 0)
        #expect(FileHash(root: .zero) == .zero)
        #expect(FileHash(of: []) == .zero)
        #expect(XorbHash(of: []) == .zero)
    }

    @Test("streaming equals the rule applied to the whole list", arguments: 2...400)
    func streamingEqualsWhole(_ count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        // Some runs without natural cuts, so that groups of nine and tails of every length occur.
        let cutEvery = UInt64(count % 3)
        let leaves = (0..<count).map { index in
            let hash: NodeHash = generator.hash()
            let last = cutEvery == 0 ? hash.w3 | 1 : hash.w3
            return (hash: NodeHash(w0: hash.w0, w1: hash.w1, w2: hash.w2, w3: last), size: UInt64(index) * 977)
        }
        var tree = MerkleTreeBuilder()
        for leaf in leaves {
            tree.append(leaf.hash.retyped(), length: leaf.size)
        }
        #expect(tree.finish() == Self.root(leaves))
    }

    @Test("a builder can be used again")
    func reuse() {
        var generator = SeededGenerator(seed: 9)
        let chunks = (0..<100).map { _ in Chunk(hash: generator.hash(), length: 9000) }
        var tree = MerkleTreeBuilder()
        chunks.forEach { tree.append($0) }
        let first = tree.finishFile()
        chunks.forEach { tree.append($0) }
        #expect(tree.finishFile() == first)
        #expect(FileHash(of: chunks) == first)
    }

    /// The rule of xet-protocol §2.3 as it is written there.
    private static func root(_ leaves: [(hash: NodeHash, size: UInt64)]) -> NodeHash {
        var nodes = leaves
        while nodes.count > 1 {
            var parents: [(hash: NodeHash, size: UInt64)] = []
            var rest = nodes[...]
            while !rest.isEmpty {
                var length = min(9, rest.count)
                if rest.count > 2 {
                    let cut = (2..<length).first { rest[rest.startIndex + $0].hash.w3 % 4 == 0 }
                    length = cut.map { $0 + 1 } ?? length
                }
                let group = rest.prefix(length)
                let text = group.map { "\($0.hash) : \($0.size)\n" }.joined()
                let hash: NodeHash = Array(text.utf8).withUnsafeBytes { Blake3Hasher.hash($0, key: HashKey.node) }
                parents.append((hash, group.reduce(0) { $0 + $1.size }))
                rest = rest.dropFirst(length)
            }
            nodes = parents
        }
        return nodes[0].hash
    }
}
