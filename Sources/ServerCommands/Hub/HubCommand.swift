public import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The commands that run and administer a hub.
public struct HubCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Run a hub of your own and manage its users.",
        subcommands: [
            HubServeCommand.self, HubUserCommand.self, HubOrganisationCommand.self, HubTokenCommand.self,
        ])

    public init() {}

    /// Database and objects hold private models, so nobody but the user may read what this process makes.
    static func keepFilesPrivate() { umask(0o077) }
}
