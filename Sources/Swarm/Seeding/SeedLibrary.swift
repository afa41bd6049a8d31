public import NIOCore
public import SwarmWire
public import Xet

/// What this machine can give to others, by content. It answers any number of questions at once, blocks no event loop
/// while it reads, and hands out no byte that it has not just hashed.
public protocol SeedLibrary: Sendable {
    /// The file that a swarm is about, with the swarm's secret if it is a private one: peers name files by their swarms.
    /// - Returns: nil for a swarm of which nothing is here; what is here may still not be for whoever asks.
    func key(of swarm: SwarmID) async -> FileKey?

    /// What of a file this audience can have; nil when nothing.
    func holding(of file: FileHash, for audience: Audience) async -> SeedHolding?

    /// Bytes of a file's manifest in its wire form (docs/formats.md), cut to what there is.
    /// - Throws: ``SeedError``.
    func manifest(of file: FileHash, bytes: Range<Int>, for audience: Audience) async throws -> [UInt8]

    /// The plain bytes of chunks, back to back, each hashed after it was read.
    /// - Parameter chunks: numbers of chunks in the file; together at most ``SeedLimits/answerBytes``.
    /// - Throws: ``SeedError``.
    func read(_ chunks: Range<UInt32>, of file: FileHash, for audience: Audience) async throws -> ByteBuffer

    /// Chunks of a xorb as zest's peers expect them (p2p §3.2): frames of the xorb's serialization, from the first
    /// chunk asked for, or from chunk 0 where the range starts there.
    /// - Throws: ``SeedError``.
    func frames(_ chunks: Range<UInt32>, of xorb: XorbHash, for audience: Audience) async throws -> XorbFrames

    /// The chunks of a whole xorb that a file has parts of, proven by the xorb's hash: of use to those who do not have
    /// the file's manifest, and asked for only where there is none.
    /// - Throws: ``SeedError``.
    func leaves(of xorb: XorbHash, in file: FileHash, for audience: Audience) async throws -> [Chunk]

    /// What happens from now on; each caller gets a stream of its own.
    var changes: AsyncStream<SeedChange> { get }
}

extension SeedLibrary {
    public func leaves(of xorb: XorbHash, in file: FileHash, for audience: Audience) async throws -> [Chunk] {
        throw SeedError.notHere
    }

    /// A file's whole manifest in its wire form.
    public func manifest(of file: FileHash, for audience: Audience) async throws -> [UInt8] {
        try await manifest(of: file, bytes: 0..<Int.max, for: audience)
    }
}

/// Frames of a xorb: for each chunk its header and its payload, back to back.
public struct XorbFrames: Sendable {
    /// The number in the xorb of the first chunk.
    public var firstChunk: UInt32
    public var chunkCount: UInt32
    public var bytes: ByteBuffer

    public init(firstChunk: UInt32, chunkCount: UInt32, bytes: ByteBuffer) {
        self.firstChunk = firstChunk
        self.chunkCount = chunkCount
        self.bytes = bytes
    }
}

/// How much a library gives at a time.
public enum SeedLimits {
    /// Bytes of chunks in one answer.
    public static let answerBytes = 4 << 20
}
