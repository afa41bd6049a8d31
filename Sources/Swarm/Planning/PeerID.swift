/// A peer, for as long as it is connected.
package struct PeerID: Hashable, Sendable, Comparable {
    package var number: UInt32

    package init(_ number: UInt32) { self.number = number }

    package static func < (left: PeerID, right: PeerID) -> Bool { left.number < right.number }
}
