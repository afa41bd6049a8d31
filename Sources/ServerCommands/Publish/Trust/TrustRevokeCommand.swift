internal import ArgumentParser
internal import Commands
internal import Publish
internal import PublishWire
internal import Terminal

/// Gives up the own identity.
struct TrustRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Withdraw your own key for good, without another in its place.",
        discussion: """
            For a key that somebody else has: signs that nothing counts any more that it or the key working for it has \
            signed. The agent tells the DHT, again and again; followers believe nothing of the key from then on, and \
            have to pin another by hand. The next model that you share makes a new key; 'shoal share --all' signs with \
            it what you publish. If the key is only to be changed, use 'shoal trust rotate'.

            To withdraw your trust in somebody else's key: 'shoal trust rm KEY --revoke'.
            """)

    @Argument(help: .hidden)
    var other: String?

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        var revoked: String
        /// Whether the agent tells the DHT now.
        var isTold: Bool

        enum CodingKeys: String, CodingKey {
            case revoked
            case isTold = "told"
        }
    }

    func run() async throws {
        if let other {
            throw CommandFailure.usage(
                "'shoal trust revoke' withdraws your own key, and takes no other",
                hint: "to believe nothing that another's key has signed: "
                    + "'shoal trust rm \(other.prefix(60)) --revoke'")
        }
        let session = try PublishSession()
        let output = session.output(output)
        guard let keys = try PublisherKeys.load(session.folder) else {
            throw PublishError(.badKey, "there is no key to revoke", hint: "'shoal trust list' shows your key")
        }
        if !output.isForMachines {
            TerminalStream.output.writeLine(
                "about to withdraw your key \(keys.identity.shortForm), for good, and all that it has signed")
        }
        try Confirmation.require(yes, as: output)
        let revoked = try await PublisherKeys.revoke(session.folder)
        let isTold = await session.tellAgent()
        try output.print(Document(revoked: revoked.fingerprint, isTold: isTold), quiet: [revoked.fingerprint]) {
            [
                "revoked    \(revoked.shortForm)  \(revoked.fingerprint)",
                "state      " + (isTold ? "the agent tells the DHT" : "not told to the DHT yet: 'shoal start'"),
                "next       'shoal share --all' signs what you publish with a new key",
            ]
        }
    }
}
