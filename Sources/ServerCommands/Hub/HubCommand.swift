public import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The commands that run and administer a hub.
public struct HubCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Run a hub of your own and manage its tokens.",
        subcommands: [
            HubServeCommand.self, HubTokenCommand.self, HubGarbageCommand.self, HubFsckCommand.self,
            HubBackupCommand.self,
        ])

    public init() {}

    /// Database and objects hold private models, so nobody but the user may read what this process makes.
    static func keepFilesPrivate() { umask(0o077) }
}

/// The commands on access tokens.
struct HubTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make access tokens for a hub.", subcommands: [HubTokenAddCommand.self])
}
