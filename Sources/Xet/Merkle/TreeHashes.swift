extension XetHash where Kind == XorbKind {
    /// The name of a xorb that holds these chunks in this order (xet-protocol §2.3). O(n).
    public init(of chunks: some Sequence<Chunk>) {
        var tree = MerkleTreeBuilder()
        for chunk in chunks {
            tree.append(chunk)
        }
        self = tree.finish().retyped()
    }
}

extension XetHash where Kind == FileKind {
    /// The hash of a file made of these chunks in this order; zero for an empty file (xet-protocol §2.3). O(n).
    public init(of chunks: some Sequence<Chunk>) {
        var tree = MerkleTreeBuilder()
        for chunk in chunks {
            tree.append(chunk)
        }
        self = tree.finishFile()
    }

    /// The hash of a file whose chunks have this tree root. The zero root stands for an empty file and stays zero.
    public init(root: NodeHash) {
        self = root.isZero ? .zero : FileHash(salting: root)
    }

    fileprivate init(salting root: NodeHash) {
        self = withUnsafeBytes(of: root) { Blake3Hasher.hash($0, key: HashKey.file) }
    }
}

extension MerkleTreeBuilder {
    /// The hash of the file whose chunks were appended. The builder is empty afterwards.
    public mutating func finishFile() -> FileHash {
        let isEmpty = chunkCount == 0
        let root = finish()
        return isEmpty ? .zero : FileHash(salting: root)
    }
}
