public import NIOCore
public import SwarmWire
public import Xet

/// Stands for one file on one connection; the side that asks for the file chooses it.
public struct FileTag: Sendable, Hashable {
    public let number: UInt32

    init(number: UInt32) {
        self.number = number
    }
}

/// Stands for one request on one connection; every request gets exactly one answer that carries it.
public struct PeerRequestID: Sendable, Hashable {
    public let number: UInt32

    init(number: UInt32) {
        self.number = number
    }
}

/// What a peer has of a file.
public struct PeerAvailability: Sendable, Hashable {
    public var tag: FileTag
    /// Bytes of the file, as the peer says.
    public var size: UInt64
    /// Chunks of the file, as the peer says.
    public var chunkCount: UInt32
    /// The chunks that the peer has.
    public var chunks: ChunkRanges
    /// Whether the peer can send the file's manifest.
    public var hasManifest: Bool
}

/// What comes from a peer. Nothing of it is verified: sizes and chunk lists are claims, bytes are anything.
public enum PeerEvent: Sendable {
    /// The answer to ``PeerConnection/want(_:)``, and again whenever chunks have gone: it replaces what was known.
    case available(PeerAvailability)
    /// The peer has nothing of the file for us.
    case absent(FileTag)
    /// The peer has these chunks too.
    case have(FileTag, ChunkRanges)
    /// The peer will have these chunks soon; or, as hearsay, it has heard of others that have them or will.
    case coming(FileTag, ChunkRanges, isHearsay: Bool)
    /// Bytes of a manifest (docs/formats.md): `total` is the size of all of it.
    case manifestPart(PeerRequestID, FileTag, offset: UInt64, total: UInt64, ByteBuffer)
    /// The chunks of a whole xorb, as the peer says: records of a manifest's wire form (docs/formats.md), at least one.
    case leaves(PeerRequestID, FileTag, XorbHash, ByteBuffer)
    /// The plain bytes of the chunks that were asked for, one after the other.
    case run(PeerRequestID, FileTag, chunks: Range<UInt32>, ByteBuffer)
    /// Chunk frames of a xorb from a peer of zest's kind; the first frame is chunk `firstChunk`, which can be 0 whatever
    /// was asked for: zest answers with the whole xorb (p2p.md §1.7).
    case xorb(PeerRequestID, XorbHash, firstChunk: UInt32, frames: ByteBuffer)
    /// More bytes of an answer from a peer of zest's kind, which is large and comes as `xorb` when it is whole.
    case arriving(bytes: Int)
    /// A request will not be served.
    case rejected(PeerRequestID, SwarmMessage.RejectReason, retryAfter: Duration)
    /// Where else the file may be had; the peer's word, not checked.
    case peers(FileTag, added: [PeerAddress], dropped: [PeerAddress])
    /// The last event.
    case closed(PeerError)
}

extension PeerEvent {
    /// What an event without bytes of content costs in memory.
    private static let plainCost = 128
    private static let addressCost = 64

    /// Bytes that it takes in memory, where the peer may send it unasked; 0 for answers.
    var unaskedCost: Int {
        switch self {
        case .absent: Self.plainCost
        case .available(let availability): Self.cost(of: availability.chunks)
        case .have(_, let chunks), .coming(_, let chunks, _): Self.cost(of: chunks)
        case .peers(_, let added, let dropped): Self.plainCost + (added.count + dropped.count) * Self.addressCost
        case .manifestPart, .leaves, .run, .xorb, .arriving, .rejected, .closed: 0
        }
    }

    private static func cost(of chunks: ChunkRanges) -> Int {
        plainCost + chunks.ranges.count * MemoryLayout<Range<UInt32>>.stride
    }
}
