/// Where a peer listens.
public struct PeerAddress: Sendable, Hashable {
    /// An IP address or a name, without brackets.
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}
