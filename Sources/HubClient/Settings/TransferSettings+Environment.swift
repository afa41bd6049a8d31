public import Transfer
internal import Transport

extension TransferSettings {
    /// Has patience where limits of speed make connections wait for their turn, so that none is taken for dead.
    public mutating func wait(for network: NetworkSettings) {
        /// Every connection gets a KiB at a time, or a sixteenth of what passes in a second.
        func turn(_ rate: Int, _ bytes: Int) -> Duration { .seconds(bytes / max(1, rate)) }
        if let rate = network.downloadLimit?.slowest { stallTimeout += turn(rate, maximumConnections << 11) }
        // Progress is seen when a MiB is handed over; a few requests with several parts each share the line.
        if let rate = network.uploadLimit?.slowest { uploadPatience += turn(rate, 64 << 20) }
    }

    /// The limits that the Hugging Face environment asks for, as far as they have a meaning here (hub-api §2.9).
    public init(environment: [String: String]) {
        self.init()
        func count(_ name: String, _ range: ClosedRange<Int>) -> Int? {
            environment[name].flatMap { Int($0) }.map { min(max($0, range.lowerBound), range.upperBound) }
        }
        if let patience = HubSettings.seconds(environment["HF_HUB_DOWNLOAD_TIMEOUT"]) {
            replyTimeout = patience
            stallTimeout = patience
        }
        if let connections = count("HF_XET_FIXED_DOWNLOAD_CONCURRENCY", 1...256) {
            startingConnections = connections
            maximumConnections = connections
            plainStreams = min(plainStreams, connections)
        }
        if let tries = count("HF_XET_CLIENT_RETRY_MAX_ATTEMPTS", 0...100) { retries.retries = tries }
    }
}
