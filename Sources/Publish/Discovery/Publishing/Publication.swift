package import PublishWire

/// How far this publisher's word has spread.
package struct Publication: Sendable, Hashable {
    package enum Phase: String, Sendable, Hashable {
        /// There is nothing to publish, or the user does not want it.
        case idle
        /// Not enough nodes of the DHT have it yet.
        case spreading
        case published
        /// The DHT has the withdrawal of this key.
        case revoked
    }

    package var phase = Phase.idle
    package var identity: PublisherKey?
    /// Versions in the index.
    package var entries = 0
    /// Nodes that took the root the last time.
    package var nodes = 0
    /// Seconds since 1970.
    package var publishedAt: Int64?
    /// The info hash of the index.
    package var index: [UInt8]?
    /// One sentence.
    package var failure: String?

    package init() {}
}
