internal import ArgumentParser

/// Whom the user believes.
struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Decide whose models are whose: keys of publishers.",
        discussion: """
            Each namespace (org/…) belongs to one key: the first that a model of it came with, or the one that you name. \
            Another key is refused until you say otherwise, or until the old key has named the new one.
            """,
        subcommands: [
            TrustListCommand.self, TrustAddCommand.self, TrustRemoveCommand.self, TrustRotateCommand.self,
            TrustRevokeCommand.self,
        ],
        defaultSubcommand: TrustListCommand.self)
}
