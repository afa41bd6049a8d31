/// What a 32-byte hash names. Hashes of different kinds use different keys and never stand for one another, so they are
/// different types; ``XetHash/retyped(as:)`` is the one way across.
public protocol HashKind: Sendable {}

/// The bytes of one chunk.
public enum ChunkKind: HashKind {}
/// The chunks of a xorb.
public enum XorbKind: HashKind {}
/// The chunks of a file, salted.
public enum FileKind: HashKind {}
/// A run of chunks inside a xorb, as a shard verifies it.
public enum RangeKind: HashKind {}
/// The bytes of a stored shard.
public enum ShardKind: HashKind {}
/// A node of the hash tree over chunks.
public enum NodeKind: HashKind {}
/// A 32-byte key of keyed BLAKE3.
public enum KeyKind: HashKind {}

public typealias ChunkHash = XetHash<ChunkKind>
public typealias XorbHash = XetHash<XorbKind>
public typealias FileHash = XetHash<FileKind>
public typealias RangeHash = XetHash<RangeKind>
public typealias ShardHash = XetHash<ShardKind>
public typealias NodeHash = XetHash<NodeKind>
public typealias HashingKey = XetHash<KeyKind>
