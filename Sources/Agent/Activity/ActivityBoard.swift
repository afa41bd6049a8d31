internal import Synchronization

/// What the agent has done and is doing, to be looked at whenever somebody wants to.
final class ActivityBoard: Sendable {
    /// Bytes since the agent began, by where they came from and where they went.
    struct Totals: Sendable, Hashable, Encodable {
        var fromHub: UInt64 = 0
        var fromPeers: UInt64 = 0
        var fromDisk: UInt64 = 0
        var toClients: UInt64 = 0
        var toPeers: UInt64 = 0
        /// What did not travel because files of this machine had it.
        var deduplicated: UInt64 = 0

        enum CodingKeys: String, CodingKey {
            case fromHub = "from_hub"
            case fromPeers = "from_peers"
            case fromDisk = "from_disk"
            case toClients = "to_clients"
            case toPeers = "to_peers"
            case deduplicated
        }
    }

    /// Ended transfers that are still shown.
    private static let mostEnded = 20

    private struct State {
        var totals = Totals()
        var requests: UInt64 = 0
        var changes: UInt64 = 0
        var nextTransfer = 1
        var running: [Int: TransferRecord] = [:]
        var ended: [TransferRecord] = []
        var isUpstreamReachable: Bool?
    }

    private let state = Mutex(State())
    private let began = ContinuousClock.now

    var uptime: Duration { began.duration(to: .now) }
    var totals: Totals { state.withLock { $0.totals } }
    var requests: UInt64 { state.withLock { $0.requests } }
    /// A number that is another one after anything has happened.
    var changes: UInt64 { state.withLock { $0.changes } }
    var isUpstreamReachable: Bool? { state.withLock { $0.isUpstreamReachable } }

    func countRequest() { state.withLock { $0.requests += 1 } }

    /// Notes bytes of no transfer in particular.
    func add(_ change: (inout Totals) -> Void) {
        state.withLock { state in
            change(&state.totals)
            state.changes += 1
        }
    }

    func noteUpstream(isReachable: Bool) {
        state.withLock { state in
            guard state.isUpstreamReachable != isReachable else { return }
            state.isUpstreamReachable = isReachable
            state.changes += 1
        }
    }

    // MARK: Transfers

    /// - Returns: the number of the transfer.
    func begin(_ name: String, size: UInt64) -> Int {
        state.withLock { state in
            let number = state.nextTransfer
            state.nextTransfer += 1
            state.running[number] = TransferRecord(number: number, name: name, size: size, began: .now)
            state.changes += 1
            return number
        }
    }

    func update(_ number: Int, _ change: (inout TransferRecord) -> Void) {
        state.withLock { state in
            guard var record = state.running[number] else { return }
            let before = record
            change(&record)
            state.running[number] = record
            state.totals.fromHub += record.fromHub - before.fromHub
            state.totals.fromPeers += record.fromPeers - before.fromPeers
            state.totals.fromDisk += record.fromDisk - before.fromDisk
            state.changes += 1
        }
    }

    func end(_ number: Int, _ outcome: TransferRecord.Outcome) {
        state.withLock { state in
            guard var record = state.running.removeValue(forKey: number) else { return }
            record.outcome = outcome
            record.ended = .now
            state.ended.append(record)
            if state.ended.count > Self.mostEnded { state.ended.removeFirst() }
            state.changes += 1
        }
    }

    /// Running ones first, then those that have ended, the latest first.
    var transfers: [TransferRecord] {
        state.withLock { state in
            state.running.values.sorted { $0.number > $1.number } + state.ended.reversed()
        }
    }
}
