public import SwarmWire

/// What a peer says of itself, for all the swarms of one announce.
public struct AnnouncingPeer: Sendable {
    public var id: PeerID
    /// A secret between the peer and the tracker by which it is known again at another address.
    public var key: [UInt8]?
    /// 0 when it does not listen.
    public var port: UInt16
    /// Other addresses that it claims to have.
    public var stated: [IPLiteral] = []
    /// Peers that it could serve besides; nil when it does not say.
    public var capacity: Int?
    public var origin: AnnounceOrigin

    public init(id: PeerID, port: UInt16, origin: AnnounceOrigin) {
        self.id = id
        self.port = port
        self.origin = origin
    }
}

/// What a peer does in a swarm.
public enum PeerActivity: Sendable, Hashable {
    /// It lacks something.
    case leeching
    /// It has everything.
    case seeding
    /// It has got the last it lacked.
    case completed
    /// It leaves.
    case stopped
}

/// A tracker's answer about one swarm.
public enum AnnounceAnswer: Sendable {
    case granted(SwarmGrant)
    /// Why not, in words for a person.
    case refused(String)
}

/// What a peer is told about a swarm.
public struct SwarmGrant: Sendable {
    /// Peers with everything, without, and how often the file was completed.
    public var counts: SwarmCounts
    public var peers: [HandedPeer]
}

/// The figures of a swarm.
public struct SwarmCounts: Sendable, Hashable {
    public var complete: Int
    public var incomplete: Int
    public var downloads: Int

    public init(complete: Int, incomplete: Int, downloads: Int) {
        self.complete = complete
        self.incomplete = incomplete
        self.downloads = downloads
    }

    static let none = SwarmCounts(complete: 0, incomplete: 0, downloads: 0)
}

/// A peer as it is told to another.
public struct HandedPeer: Sendable {
    let id: Key20
    let address: NetAddress
    public let port: UInt16

    public var literal: IPLiteral { address.literal }
    public var isV4: Bool { address.isV4 }
    /// The peer's 20 bytes.
    public var peerID: [UInt8] { id.bytes }

    /// Appends 6 or 18 bytes.
    public func appendCompact(to bytes: inout [UInt8]) { address.appendCompact(port: port, to: &bytes) }
}

/// What a tracker holds at one moment.
public struct TrackerFigures: Sendable, Hashable {
    public var swarms: Int
    public var peers: Int
    /// Peers of all swarms together, one that is in two counting twice.
    public var memberships: Int
}
