internal import HubClient
internal import Synchronization
internal import Terminal
internal import Transport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a run did, in numbers: the file of `--metrics`, written when the run ends, well or not or by a signal, and the
/// event `metrics` of `--progress json`.
enum RunMetrics {
    private struct State {
        var path: String?
        /// What counts the bytes while they travel; it gets the event if it is one for programs.
        var display: ProgressDisplay?
        var meter: MeteredTransport?
        /// Whose numbers are written when a signal ends the run.
        var hub: Hub?

        var isWanted: Bool { path != nil || display?.isForPrograms == true }
    }

    private static let state = Mutex(State())
    private static let start = ContinuousClock.now

    /// Chooses the file; one process runs one command.
    static func write(to file: String) {
        _ = start
        state.withLock { $0.path = file }
        Interruption.beforeLeaving {
            let hub = state.withLock { $0.hub }
            if let hub { finish(hub.metrics, outcome: "interrupted") }
        }
    }

    /// Notes what shows the progress of a pull or push.
    static func follow(_ display: ProgressDisplay) {
        _ = start
        state.withLock { $0.display = display }
    }

    /// Counts what a transport does, if anybody wants to know.
    @Sendable static func metered(_ transport: any HTTPTransport) -> any HTTPTransport {
        state.withLock { state in
            guard state.isWanted else { return transport }
            let metered = MeteredTransport(transport)
            state.meter = metered
            return metered
        }
    }

    /// Notes whose numbers these are.
    static func follow(_ hub: Hub) { state.withLock { if $0.isWanted { $0.hub = hub } } }

    struct Document: Encodable {
        struct Host: Encodable {
            var requests: Int
            var failures: [String: Int]
            var statuses: [String: Int]
        }

        var version: String
        /// `done`, or the code of the error that ended the run.
        var outcome: String
        var seconds: Double
        var cpuSeconds: Double
        var peakBytes: Int
        var requests: UInt64
        var rateLimited: UInt64
        /// Of the content of files, either way, also in a run that did not come to its end.
        var networkBytes: UInt64
        var receivedBytes: UInt64
        var peerBytes: UInt64
        var sentBytes: UInt64
        var reusedBytes: UInt64
        var resumedBytes: UInt64
        var dedupedBytes: UInt64
        var verifiedChunks: UInt64
        var files: UInt64
        /// By origin; their requests add up to ``requests``.
        var hosts: [String: Host]

        enum CodingKeys: String, CodingKey {
            case version, outcome, seconds
            case cpuSeconds = "cpu_seconds"
            case peakBytes = "peak_bytes"
            case requests
            case rateLimited = "rate_limited"
            case networkBytes = "network_bytes"
            case receivedBytes = "received_bytes"
            case peerBytes = "peer_bytes"
            case sentBytes = "sent_bytes"
            case reusedBytes = "reused_bytes"
            case resumedBytes = "resumed_bytes"
            case dedupedBytes = "deduped_bytes"
            case verifiedChunks = "verified_chunks"
            case files, hosts
        }
    }

    /// Writes what was chosen. That the file cannot be written is said, and changes nothing else.
    static func finish(_ metrics: HubMetrics, failure: (any Error)?) {
        finish(metrics, outcome: failure.map { CommandFailure(describing: $0).code } ?? "done")
    }

    private static func finish(_ metrics: HubMetrics, outcome: String) {
        let state = Self.state.withLock { state in
            state.hub = nil
            return state
        }
        guard state.isWanted else { return }
        let usage = Self.usage()
        let hosts = state.meter?.hosts ?? [:]
        let document = Document(
            version: ShoalVersion.current, outcome: outcome,
            seconds: Double(DurationText.milliseconds(of: .now - start)) / 1000, cpuSeconds: usage.seconds,
            peakBytes: usage.peak, requests: hosts.values.reduce(0) { $0 + UInt64($1.requests) },
            rateLimited: hosts.values.reduce(0) { $0 + UInt64($1.statuses["429"] ?? 0) },
            networkBytes: metrics.receivedBytes + metrics.sentBytes, receivedBytes: metrics.receivedBytes,
            peerBytes: metrics.peerBytes, sentBytes: metrics.sentBytes, reusedBytes: metrics.reusedBytes,
            resumedBytes: metrics.resumedBytes,
            dedupedBytes: metrics.dedupedBytes, verifiedChunks: metrics.verifiedChunks,
            files: metrics.pulledFiles + metrics.pushedFiles,
            hosts: hosts.mapValues {
                Document.Host(requests: $0.requests, failures: $0.failures, statuses: $0.statuses)
            })
        if let display = state.display, let text = try? JSONOutput.text(document, isPretty: false) {
            display.event("metrics", fields: text)
        }
        guard let file = state.path else { return }
        do {
            try OutputFile.write(try JSONOutput.text(document, isPretty: true) + "\n", to: file)
        } catch {
            TerminalStream.error.writeLine("warning: cannot write the metrics: \(error)")
        }
    }

    /// Processor time and the most memory of this process.
    private static func usage() -> (seconds: Double, peak: Int) {
        var raw = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &raw)
        #else
            getrusage(RUSAGE_SELF, &raw)
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return (seconds(raw.ru_utime) + seconds(raw.ru_stime), Int(raw.ru_maxrss) << 10)
    }
}
