extension XetHash where Kind == RangeKind {
    /// The verification hash of a run of chunks: keyed BLAKE3 over their raw hashes (xet-protocol §2.3).
    public init(of chunks: some Sequence<ChunkHash>) {
        var hasher = Blake3Hasher(key: HashKey.range)
        for chunk in chunks {
            withUnsafeBytes(of: chunk) { hasher.update($0) }
        }
        self = hasher.finalize()
    }
}
