internal import ArgumentParser
internal import SwarmWire

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
        if noP2P { return nil }
        let isWanted = try Environment.peerToPeer()
        guard isWanted != false else {
            guard !p2pOnly, peer.isEmpty, tracker.isEmpty, lan != true else {
                throw CommandFailure(
                    code: "p2p_off", message: "peers are switched off by \(ConfigFile.current.name(of: "SHOAL_P2P"))",
                    hint: "set SHOAL_P2P=1 to allow them, or leave out --peer, --tracker, --lan and --p2p-only")
            }
            return nil
        }
        let isOnly = try p2pOnly || Environment.isPeerToPeerOnly()
        let patience = try Environment.peerToPeerWait()
        let peers = peer.isEmpty ? try Self.words("SHOAL_PEERS") : peer
        let trackers = tracker.isEmpty ? try Self.words("SHOAL_TRACKERS") : tracker
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
            peers: try peers.map { text in
                guard let address = PeerAddress(text) else {
                    throw CommandFailure.usage(
                        "'\(text)' is no peer's address",
                        hint: "write HOST:PORT, with an IPv6 address as [ADDRESS]:PORT")
                }
                return address
            },
            trackers: try trackers.map { text in
                do throws(SwarmWireError) {
                    return try TrackerURL(text)
                } catch {
                    throw CommandFailure.usage("'\(text)' is no tracker's address", hint: "write http://HOST:PORT")
                }
            },
            usesLocalNetwork: usesLocalNetwork, secret: try SecretFile.read(secretFile.map { [$0] } ?? []).first,
            isExclusive: isOnly, patience: patience.map { .seconds($0) })
    }

    private static func words(_ variable: String) throws(CommandFailure) -> [String] {
        (try Environment.checked(variable) ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
    }
}

/// The peers of a pull, and how to find them.
struct SwarmPlan: Sendable {
    var peers: [PeerAddress]
    var trackers: [TrackerURL]
    /// Whether others on this network are looked for, and may find this pull.
    var usesLocalNetwork: Bool
    /// What the peers know that may have files that not everybody may read; nil where nobody may.
    var secret: SwarmSecret?
    /// Whether peers alone may bring files that have a Xet hash.
    var isExclusive: Bool
    /// How long it is waited for somebody then; nil for as long as usual.
    var patience: Duration?
}
