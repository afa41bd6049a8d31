internal import NIOCore
internal import SwarmWire
internal import Xet

/// What a connection's handler is told from outside, as an outbound event of the channel.
enum PeerOrder: Sendable {
    case want(UInt32, FileKey)
    case unwant(UInt32)
    case request(UInt32, PeerQuestion)
    case cancel(UInt32)
    case peers(FileKey, added: [PeerAddress], dropped: [PeerAddress])
    /// A message to the peer, and the bytes that belong to it.
    case answer([UInt8], ByteBuffer?)
    case close
    case drop(PeerError)
}

/// What can be asked of a peer.
enum PeerQuestion: Sendable, Hashable {
    case manifest(tag: UInt32, offset: UInt64, size: Int)
    case chunks(tag: UInt32, Range<UInt32>)
    case xorb(XorbHash, Range<UInt32>)
    /// The chunk list of a whole xorb that a file has parts of.
    case leaves(tag: UInt32, XorbHash)
}
