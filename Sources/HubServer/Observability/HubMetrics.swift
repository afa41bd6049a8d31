import Synchronization

/// What a running hub counts about itself; read by `/metrics`.
package final class HubMetrics: Sendable {
    struct Traffic: Sendable {
        /// Requests by status.
        var statuses: [Int: UInt64] = [:]
        var latency = LatencyHistogram()
        var bytesIn: UInt64 = 0
        var bytesOut: UInt64 = 0
        var limited: UInt64 = 0
    }

    struct Snapshot: Sendable {
        var traffic: [RouteClass: Traffic] = [:]
        var openConnections = 0
        var acceptedConnections: UInt64 = 0
        var requestsInFlight = 0
        var droppedLogLines: UInt64 = 0
    }

    private let state = Mutex(Snapshot())
    private let counters = Mutex<[MetricCounter]>([])

    package init() {}

    var snapshot: Snapshot { state.withLock { $0 } }

    /// Counters that parts of the hub keep on their own, in the order they were made.
    var registered: [MetricCounter] { counters.withLock { $0 } }

    /// Makes a counter that `/metrics` shows; the same name gives the same counter.
    ///
    /// - Parameter name: a metric name of Prometheus; it ends in `_total` unless the value can fall.
    package func counter(_ name: String, help: String) -> MetricCounter {
        counters.withLock { counters in
            if let known = counters.first(where: { $0.name == name }) { return known }
            let made = MetricCounter(name: name, help: help)
            counters.append(made)
            return made
        }
    }

    func connectionOpened() {
        state.withLock { state in
            state.openConnections += 1
            state.acceptedConnections += 1
        }
    }

    func connectionClosed() { state.withLock { $0.openConnections -= 1 } }

    func requestBegan() { state.withLock { $0.requestsInFlight += 1 } }

    func requestEnded(_ route: RouteClass, status: Int, seconds: Double, bytesIn: Int, bytesOut: Int) {
        // What is no status of HTTP would be a label without bound.
        let status = (100...599).contains(status) ? status : 599
        state.withLock { state in
            state.requestsInFlight -= 1
            state.traffic[route, default: Traffic()].statuses[status, default: 0] += 1
            state.traffic[route, default: Traffic()].latency.record(seconds: seconds)
            state.traffic[route, default: Traffic()].bytesIn += UInt64(max(0, bytesIn))
            state.traffic[route, default: Traffic()].bytesOut += UInt64(max(0, bytesOut))
        }
    }

    func requestLimited(_ route: RouteClass) {
        state.withLock { $0.traffic[route, default: Traffic()].limited += 1 }
    }

    func logLineDropped() { state.withLock { $0.droppedLogLines += 1 } }
}

/// A number that goes up as things happen, or stands for how much there is of something.
package final class MetricCounter: Sendable {
    package let name: String
    package let help: String
    private let number = Atomic<Int>(0)

    init(name: String, help: String) {
        self.name = name
        self.help = help
    }

    package var value: Int { number.load(ordering: .relaxed) }

    package func add(_ amount: Int = 1) { number.wrappingAdd(amount, ordering: .relaxed) }

    package func set(_ value: Int) { number.store(value, ordering: .relaxed) }
}
