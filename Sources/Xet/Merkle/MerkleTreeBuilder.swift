/// Computes the tree root over a list of chunks as they come, in memory that grows with the logarithm of the count
/// (xet-protocol §2.3).
///
/// The rule for cutting groups looks ahead at most nine nodes, and a group that is complete never changes when more
/// nodes follow. So each level keeps at most eight nodes and passes the rest up at once.
public struct MerkleTreeBuilder: Sendable {
    private struct Level {
        var pending: [MerkleNode] = []
        /// Whether this level has already passed a group up, so that what is left cannot be the root.
        var hasPromoted = false

        init() {
            pending.reserveCapacity(MerkleNode.largestGroup)
        }
    }

    private var levels: [Level] = []
    /// Chunks appended so far.
    public private(set) var chunkCount: UInt64 = 0
    /// The sum of the appended lengths in bytes.
    public private(set) var totalLength: UInt64 = 0

    public init() {}

    /// Appends the next chunk. Amortised cost: a third of a node hash at most.
    public mutating func append(_ hash: ChunkHash, length: UInt64) {
        chunkCount += 1
        totalLength &+= length
        push(MerkleNode(hash: hash.retyped(), size: length), level: 0)
    }

    /// Appends the next chunk.
    public mutating func append(_ chunk: Chunk) {
        append(chunk.hash, length: UInt64(chunk.length))
    }

    /// The root over everything appended: zero for no chunk, the chunk's own hash for one. The builder is empty
    /// afterwards and may be used again.
    public mutating func finish() -> NodeHash {
        var level = 0
        var root = NodeHash.zero
        while level < levels.count {
            if !levels[level].hasPromoted, levels[level].pending.count == 1 {
                root = levels[level].pending[0].hash
                break
            }
            if !levels[level].pending.isEmpty {
                promote(level: level)
            }
            level += 1
        }
        for index in levels.indices {
            levels[index].pending.removeAll(keepingCapacity: true)
            levels[index].hasPromoted = false
        }
        chunkCount = 0
        totalLength = 0
        return root
    }

    private mutating func push(_ node: MerkleNode, level: Int) {
        if level == levels.count {
            levels.append(Level())
        }
        levels[level].pending.append(node)
        let count = levels[level].pending.count
        let isNaturalCut = count >= MerkleNode.smallestGroup && node.hash.w3 % MerkleNode.cutModulus == 0
        if isNaturalCut || count == MerkleNode.largestGroup {
            promote(level: level)
        }
    }

    private mutating func promote(level: Int) {
        let parent = MerkleNode(parentOf: levels[level].pending)
        levels[level].pending.removeAll(keepingCapacity: true)
        levels[level].hasPromoted = true
        push(parent, level: level + 1)
    }
}
