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

    @Flag(name: .customLong("no-p2p"), help: "Take everything from the hub.")
    var noP2P = false

    @Flag(name: .customLong("p2p-only"), help: "Take files that have a Xet hash from peers alone.")
    var p2pOnly = false

    /// What the options and the environment ask for.
    /// - Returns: nil when the hub alone is to be asked.
    func plan() throws -> SwarmPlan? {
        if noP2P, p2pOnly { throw CommandFailure.usage("--no-p2p and --p2p-only exclude each other") }
        if noP2P { return nil }
        guard try !Environment.isPeerToPeerOff() else {
            guard !p2pOnly, peer.isEmpty, tracker.isEmpty else {
                throw CommandFailure(
                    code: "p2p_off", message: "peers are switched off by \(ConfigFile.current.name(of: "SHOAL_P2P"))",
                    hint: "set SHOAL_P2P=1 to allow them, or leave out --peer, --tracker and --p2p-only")
            }
            return nil
        }
        let isOnly = try p2pOnly || Environment.isPeerToPeerOnly()
        let peers = peer.isEmpty ? try Self.words("SHOAL_PEERS") : peer
        let trackers = tracker.isEmpty ? try Self.words("SHOAL_TRACKERS") : tracker
        guard !peers.isEmpty || !trackers.isEmpty else {
            guard !isOnly else {
                throw CommandFailure.usage(
                    "no peer is known", hint: "name one with --peer HOST:PORT, or a tracker with --tracker URL")
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
            isExclusive: isOnly)
    }

    private static func words(_ variable: String) throws(CommandFailure) -> [String] {
        (try Environment.checked(variable) ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
    }
}

/// The peers of a pull, and how to find them.
struct SwarmPlan: Sendable {
    var peers: [PeerAddress]
    var trackers: [TrackerURL]
    /// Whether peers alone may bring files that have a Xet hash.
    var isExclusive: Bool
}
