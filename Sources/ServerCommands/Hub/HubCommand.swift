public import ArgumentParser

/// The commands that run and administer a hub.
public struct HubCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Run a hub of your own and manage its tokens.",
        subcommands: [HubServeCommand.self, HubTokenCommand.self])

    public init() {}
}

/// The commands on access tokens.
struct HubTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Manage the access tokens of a hub.", subcommands: [HubTokenAddCommand.self])
}
