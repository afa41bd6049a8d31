internal import SwarmWire

/// Addresses that were dialled and are left alone for a while. Strangers name them, so what is over is forgotten.
struct RestingAddresses {
    private var ends: [PeerAddress: ContinuousClock.Instant] = [:]
    /// How many there may be before it is looked which of them are over.
    private var mostUnswept = Self.fewest
    private static let fewest = 1000

    var count: Int { ends.count }

    func contains(_ address: PeerAddress, now: ContinuousClock.Instant) -> Bool {
        ends[address].map { $0 > now } ?? false
    }

    mutating func insert(_ address: PeerAddress, until end: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        ends[address] = end
        guard ends.count > mostUnswept else { return }
        ends = ends.filter { $0.value > now }
        // Twice what is left, so that a sweep costs each address the same, however many rest.
        mostUnswept = max(Self.fewest, 2 * ends.count)
    }
}
