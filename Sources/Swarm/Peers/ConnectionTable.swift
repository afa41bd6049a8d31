internal import SwarmWire
internal import Synchronization

/// Counts the peers that have come to us, so that neither one address nor all together take more than they may.
final class ConnectionTable: Sendable {
    private struct State {
        var total = 0
        var perAddress: [IPLiteral: Int] = [:]
    }

    private let limits: PeerLimits
    private let state = Mutex(State())

    init(limits: PeerLimits) {
        self.limits = limits
    }

    /// - Returns: false if there are too many.
    func enter(_ address: PeerAddress) -> Bool {
        let literal = address.literal
        return state.withLock { state in
            guard state.total < limits.connections else { return false }
            if let literal, !literal.isLoopback {
                guard state.perAddress[literal, default: 0] < limits.connectionsPerAddress else { return false }
                state.perAddress[literal, default: 0] += 1
            }
            state.total += 1
            return true
        }
    }

    func leave(_ address: PeerAddress) {
        let literal = address.literal
        state.withLock { state in
            state.total -= 1
            guard let literal, let count = state.perAddress[literal] else { return }
            state.perAddress[literal] = count > 1 ? count - 1 : nil
        }
    }

    var count: Int { state.withLock { $0.total } }
}
