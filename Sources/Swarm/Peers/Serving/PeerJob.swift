internal import SwarmWire
internal import Xet

/// Something that a peer has asked for and that takes time to answer.
enum PeerJob: Sendable {
    /// What there is of the file with this tag.
    case interest(PeerSession, tag: UInt32)
    case manifest(PeerSession, id: UInt32, tag: UInt32, offset: UInt64, size: Int)
    case chunks(PeerSession, id: UInt32, tag: UInt32, Range<UInt32>)
    case xorb(PeerSession, id: UInt32, XorbHash, Range<UInt32>)
    /// The chunk list of a xorb that a file has parts of.
    case leaves(PeerSession, id: UInt32, tag: UInt32, XorbHash)

    var session: PeerSession {
        switch self {
        case .interest(let session, _), .manifest(let session, _, _, _, _), .chunks(let session, _, _, _),
            .xorb(let session, _, _, _), .leaves(let session, _, _, _):
            session
        }
    }

    /// The peer's number of the request; nil for what has none.
    var id: UInt32? {
        switch self {
        case .interest: nil
        case .manifest(_, let id, _, _, _), .chunks(_, let id, _, _), .xorb(_, let id, _, _),
            .leaves(_, let id, _, _):
            id
        }
    }

    /// Bytes that the answer may have, as far as the question tells.
    var cost: Int {
        switch self {
        case .interest: 1 << 10
        case .manifest(_, _, _, _, let size): size
        case .leaves: SwarmMessage.maximumLeaves
        case .chunks(_, _, _, let chunks):
            min(chunks.count * XetLimits.targetChunk, SwarmMessage.maximumRun)
        case .xorb(_, _, _, let chunks):
            min(chunks.count * XetLimits.targetChunk, XetLimits.maximumXorbBytes)
        }
    }
}
