package import SwarmWire

/// The peers of a command, and how to find them.
package struct SwarmPlan: Sendable {
    var peers: [PeerAddress]
    var trackers: [TrackerURL]
    /// Whether others on this network are looked for, and may find this command.
    var usesLocalNetwork: Bool
    /// What the peers know that may have files that not everybody may read; nil where nobody may.
    var secret: SwarmSecret?
    /// Whether peers alone may bring files that have a Xet hash.
    var isExclusive = false
    /// How long it is waited for somebody then; nil for as long as usual.
    var patience: Duration?
    /// Whether others may come in, for what this command gets.
    var listens = true

    /// What the environment and the settings ask for, where a command has no options for it.
    /// - Parameter known: peers that are asked besides.
    /// - Returns: nil when peers are switched off, or there is no way to find any.
    package static func usual(besides known: [PeerAddress]) throws -> SwarmPlan? {
        let isWanted = try Environment.peerToPeer()
        guard isWanted != false else { return nil }
        var plan = SwarmPlan(
            peers: known + (try addresses(try words("SHOAL_PEERS"))),
            trackers: try addresses(ofTrackers: try words("SHOAL_TRACKERS")), usesLocalNetwork: isWanted == true,
            secret: try SecretFile.read([]).first)
        plan.listens = false
        return plan.peers.isEmpty && plan.trackers.isEmpty && !plan.usesLocalNetwork ? nil : plan
    }

    static func words(_ variable: String) throws(CommandFailure) -> [String] {
        (try Environment.checked(variable) ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    static func addresses(_ texts: [String]) throws(CommandFailure) -> [PeerAddress] {
        try texts.map { text throws(CommandFailure) in
            guard let address = PeerAddress(text) else {
                throw CommandFailure.usage(
                    "'\(text)' is no peer's address",
                    hint: "write HOST:PORT, with an IPv6 address as [ADDRESS]:PORT")
            }
            return address
        }
    }

    static func addresses(ofTrackers texts: [String]) throws(CommandFailure) -> [TrackerURL] {
        try texts.map { text throws(CommandFailure) in
            do throws(SwarmWireError) {
                return try TrackerURL(text)
            } catch {
                throw CommandFailure.usage("'\(text)' is no tracker's address", hint: "write http://HOST:PORT")
            }
        }
    }
}
