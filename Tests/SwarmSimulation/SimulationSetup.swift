package import Swarm

/// A swarm to be simulated. Rates are bytes per second, times seconds.
package struct SimulationSetup: Sendable {
    /// Honest nodes that want the file.
    package var nodes = 8
    /// Peers that have all of the file from the start.
    package var seeds = 0
    /// Peers that say they have everything and send wrong bytes.
    package var liars = 0
    /// Peers that say they have everything and send nothing.
    package var silent = 0
    package var fileBytes = 512 << 20
    package var chunkBytes = 64 << 10
    package var pieceBytes: Int?
    /// Where only wholes of so many bytes prove what they are: nobody has a list of the file's chunks, and a node can
    /// give a piece on once all of its whole has come or a peer has told what is in it.
    package var wholeBytes: Int?
    /// Bytes per second that the origin sends to all together; 0 means that there is no origin.
    package var originRate = 12.5e6
    package var uploadRate = 12.5e6
    package var downloadRate = 12.5e6
    /// Upload rates of the first nodes, where they differ.
    package var uploadRates: [Double] = []
    /// One way.
    package var latency = 0.001
    /// Peers that a node knows at most.
    package var degree = 16
    /// Time until a node knows its peers.
    package var discoveryTime = 0.3
    /// Nodes do not begin together, but within so many seconds.
    package var spread = 0.0
    /// Whether nodes stay when they have everything.
    package var staysAfterwards = true
    package var tick = 0.1
    /// Bytes that a link sends at a time.
    package var quantum = 64 << 10
    package var seed: UInt64 = 1
    package var settings = PlannerSettings()
    package var timeLimit = 3600.0

    package init() {}

    /// The time that no way of distributing can beat (Kumar and Ross).
    package var bound: Double {
        let file = Double(fileBytes)
        let uploads =
            (0..<nodes).reduce(0.0) { $0 + upload($1) } + Double(seeds) * uploadRate
        var bound = file / downloadRate
        if seeds == 0 { bound = max(bound, file / originRate) }
        return max(bound, Double(nodes) * file / (originRate + uploads))
    }

    func upload(_ node: Int) -> Double { node < uploadRates.count ? uploadRates[node] : uploadRate }
}

/// What came of it.
package struct SimulationResult: Sendable {
    package var bound = 0.0
    /// When each honest node had all of the file, from its own start; infinity if it never had.
    package var times: [Double] = []
    package var originBytes = 0.0
    package var peerBytes = 0.0
    /// Bytes that seeds have sent.
    package var seedBytes = 0.0
    /// Bytes that were sent twice or were wrong.
    package var wastedBytes = 0.0
    package var fileBytes = 0.0
    package var events = 0

    package var slowest: Double { times.max() ?? 0 }
    package var median: Double { times.sorted()[times.count / 2] }
    package var ratio: Double { slowest / bound }
    package var originCopies: Double { originBytes / fileBytes }
}
