public import SwarmWire

/// A way to find the peers of a swarm: addresses that the user names, a tracker, the local network.
public protocol PeerDiscovery: Sendable {
    /// Joins a swarm and tells of its peers as they are found, in groups that may repeat each other.
    ///
    /// Returns at once, whatever the network does. What `state` says is announced where the way allows it, also when it
    /// changes; leaving off to read the stream leaves the swarm. The stream ends when nothing more can come.
    func peers(for swarm: SwarmID, announcing state: AnnounceState) -> AsyncStream<[PeerAddress]>

    /// Does what has to be done while swarms are joined. Returns when the task is cancelled, after it has told trackers
    /// that this node leaves, which takes two seconds at most; or at once where nothing has to be done.
    func run() async
}

extension PeerDiscovery {
    public func run() async {}
}
