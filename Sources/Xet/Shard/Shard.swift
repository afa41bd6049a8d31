/// The metadata of files and xorbs (xet-protocol §4): what an upload registers, what a dedup query is answered with,
/// and what a client keeps in its shard cache.
public struct Shard: Hashable, Sendable {
    /// In the order of their hashes when parsed; any order is accepted for encoding.
    public var files: [ShardFile]
    /// In the order of their hashes when parsed; any order is accepted for encoding.
    public var xorbs: [ShardXorb]
    /// The key that the chunk hashes were hashed with once more; zero for plain hashes.
    public var key: HashingKey
    /// Unix seconds; 0 when the shard does not say.
    public var creation: UInt64
    /// Unix seconds after which the shard must not be used. 0 in upload form, which does not carry it.
    public var expiry: UInt64
    /// Whether the parsed bytes had a footer: true for dedup replies and cached shards, false for uploads.
    public var isComplete: Bool

    public init(
        files: [ShardFile] = [], xorbs: [ShardXorb] = [], key: HashingKey = .zero, creation: UInt64 = 0,
        expiry: UInt64 = 0, isComplete: Bool = false,
    ) {
        self.files = files
        self.xorbs = xorbs
        self.key = key
        self.creation = creation
        self.expiry = expiry
        self.isComplete = isComplete
    }

    /// The name of a stored shard: the hash of all its bytes (xet-protocol §2.3).
    public static func hash(of bytes: UnsafeRawBufferPointer) -> ShardHash {
        Blake3Hasher.hash(bytes, key: HashKey.chunk)
    }

    /// Whether the shard may no longer be used at `now`, in Unix seconds (xet-protocol §4.8). Zero counts as long ago.
    public func isExpired(at now: UInt64) -> Bool { expiry < now }

    /// The same shard with every chunk hash hashed under `key`, as dedup replies are (xet-protocol §4.7). The shard
    /// must be unkeyed. A zero key changes nothing.
    public func keyed(with key: HashingKey) -> Shard {
        precondition(self.key.isZero, "a keyed shard cannot be keyed again")
        var result = self
        result.key = key
        for xorb in result.xorbs.indices {
            for chunk in result.xorbs[xorb].chunks.indices {
                let plain = result.xorbs[xorb].chunks[chunk].hash
                result.xorbs[xorb].chunks[chunk].hash = ChunkHashing.keyed(plain, key: key)
            }
        }
        return result
    }

    /// Puts files and xorbs in the order the format demands and folds duplicates: the first wins, and takes over a
    /// verification or SHA-256 that only another copy has (xet-protocol §4.10).
    public mutating func normalize() {
        if !Self.isStrictlySorted(files, by: \.fileHash) {
            var sorted: [ShardFile] = []
            sorted.reserveCapacity(files.count)
            for file in Self.stablySorted(files, by: \.fileHash) {
                if let last = sorted.indices.last, sorted[last].fileHash == file.fileHash {
                    sorted[last].adopt(file)
                } else {
                    sorted.append(file)
                }
            }
            files = sorted
        }
        if !Self.isStrictlySorted(xorbs, by: \.hash) {
            var sorted: [ShardXorb] = []
            sorted.reserveCapacity(xorbs.count)
            for xorb in Self.stablySorted(xorbs, by: \.hash) where sorted.last?.hash != xorb.hash {
                sorted.append(xorb)
            }
            xorbs = sorted
        }
    }

    /// Adds everything that `other` knows; both must have the same key. Dates stay as they are.
    public mutating func merge(_ other: Shard) {
        precondition(key == other.key, "shards of different keys cannot be merged")
        files += other.files
        xorbs += other.xorbs
        normalize()
    }

    private static func isStrictlySorted<Element, Kind>(
        _ elements: [Element], by hash: KeyPath<Element, XetHash<Kind>>,
    ) -> Bool {
        zip(elements, elements.dropFirst()).allSatisfy { $0[keyPath: hash] < $1[keyPath: hash] }
    }

    private static func stablySorted<Element, Kind>(
        _ elements: [Element], by hash: KeyPath<Element, XetHash<Kind>>,
    ) -> [Element] {
        elements.enumerated()
            .sorted { left, right in
                let (first, second) = (left.element[keyPath: hash], right.element[keyPath: hash])
                return first == second ? left.offset < right.offset : first < second
            }
            .map(\.element)
    }
}
