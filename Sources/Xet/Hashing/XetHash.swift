/// A 32-byte hash: four little-endian words, whose order is the order of hashes in shards (xet-protocol §2.1).
///
/// In memory it is exactly its 32 raw bytes, on every platform we build for.
public struct XetHash<Kind: HashKind>: Hashable, Sendable {
    /// The first word: the *truncated hash* of lookup tables.
    public let w0: UInt64
    public let w1: UInt64
    public let w2: UInt64
    /// The last word: what `hash mod m` is taken of.
    public let w3: UInt64

    public init(w0: UInt64, w1: UInt64, w2: UInt64, w3: UInt64) {
        self.w0 = w0
        self.w1 = w1
        self.w2 = w2
        self.w3 = w3
    }

    /// Loads 32 raw bytes; no alignment is needed.
    public init(loading bytes: UnsafeRawPointer) {
        w0 = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        w1 = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        w2 = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        w3 = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    /// All zero bytes: "none", as the hash of an empty file.
    public static var zero: Self { Self(w0: 0, w1: 0, w2: 0, w3: 0) }

    /// All bytes 0xFF: the end mark of a shard's sections.
    public static var bookend: Self { Self(w0: .max, w1: .max, w2: .max, w3: .max) }

    public var isZero: Bool { w0 | w1 | w2 | w3 == 0 }

    /// Stores 32 raw bytes; no alignment is needed.
    public func store(to bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: w0.littleEndian, as: UInt64.self)
        bytes.storeBytes(of: w1.littleEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: w2.littleEndian, toByteOffset: 16, as: UInt64.self)
        bytes.storeBytes(of: w3.littleEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// The 32 raw bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            if let base = buffer.baseAddress {
                store(to: UnsafeMutableRawPointer(base))
                count = 32
            }
        }
    }

    /// The remainder that group cuts and dedup eligibility are decided by; `divisor` must not be zero.
    public func remainder(dividingBy divisor: UInt64) -> UInt64 { w3 % divisor }

    /// The same 32 bytes as a hash of another kind.
    public func retyped<Other>(as kind: Other.Type = Other.self) -> XetHash<Other> {
        XetHash<Other>(w0: w0, w1: w1, w2: w2, w3: w3)
    }
}

extension XetHash: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        if left.w0 != right.w0 { return left.w0 < right.w0 }
        if left.w1 != right.w1 { return left.w1 < right.w1 }
        if left.w2 != right.w2 { return left.w2 < right.w2 }
        return left.w3 < right.w3
    }
}

extension XetHash where Kind == ChunkKind {
    /// Whether other clients may look this chunk up by itself (xet-protocol §0; the first chunk of a file always may).
    public var isGlobalDedupEligible: Bool { remainder(dividingBy: 1024) == 0 }
}
