internal import ArgumentParser

/// Who else may bring the bytes.
struct SwarmOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Take what this peer has from it, beside the hub; may be repeated. All of it is verified.",
            valueName: "host:port"))
    var peer: [String] = []

    @Option(
        help: ArgumentHelp(
            "Find peers through this tracker, and give them what this pull gets while it runs; may be repeated.",
            valueName: "url"))
    var tracker: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help: "Look for peers on this network, and give them what this pull gets; by default with SHOAL_P2P=1.")
    var lan: Bool?

    @Option(
        name: .customLong("secret-file"),
        help: ArgumentHelp(
            "A file with a secret, 16 bytes or more: private and gated files are asked of peers that know it too, and "
                + "given to them. By default the first in SHOAL_SWARM_SECRETS.", valueName: "file"),
        completion: .file())
    var secretFile: String?

    @Flag(name: .customLong("no-p2p"), help: "Take everything from the hub.")
    var noP2P = false

    @Flag(name: .customLong("p2p-only"), help: "Take files that have a Xet hash from peers alone.")
    var p2pOnly = false

    /// What the options and the environment ask for.
    /// - Returns: nil when the hub alone is to be asked.
    func plan() throws -> SwarmPlan? {
        if noP2P, p2pOnly { throw CommandFailure.usage("--no-p2p and --p2p-only exclude each other") }
        // What is named here must be of use, also where there is nobody yet to share the secret with.
        let named = try secretFile.map { file throws(CommandFailure) in try SecretFile.read([file]) }
        if noP2P { return nil }
        let isWanted = try Environment.peerToPeer()
        guard isWanted != false else {
            guard !p2pOnly, peer.isEmpty, tracker.isEmpty, lan != true else {
                throw Environment.peersAreOff(orElse: ", or leave out --peer, --tracker, --lan and --p2p-only")
            }
            return nil
        }
        let isOnly = try p2pOnly || Environment.isPeerToPeerOnly()
        let patience = try Environment.peerToPeerWait()
        let peers = peer.isEmpty ? try SwarmPlan.words("SHOAL_PEERS") : peer
        let trackers = tracker.isEmpty ? try SwarmPlan.words("SHOAL_TRACKERS") : tracker
        let usesLocalNetwork = lan ?? (isWanted == true)
        guard !peers.isEmpty || !trackers.isEmpty || usesLocalNetwork else {
            guard !isOnly else {
                throw CommandFailure.usage(
                    "no way to find peers is known",
                    hint: "name a peer with --peer HOST:PORT, or a tracker with --tracker URL, or look here with --lan")
            }
            return nil
        }
        return SwarmPlan(
            peers: try SwarmPlan.addresses(peers), trackers: try SwarmPlan.addresses(ofTrackers: trackers),
            usesLocalNetwork: usesLocalNetwork, secret: try (named ?? SecretFile.read([])).first,
            isExclusive: isOnly, patience: patience.map { .seconds($0) })
    }
}
