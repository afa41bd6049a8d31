public import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The commands that run and administer a hub.
public struct HubCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Run a hub of your own, manage its users and keep its data.",
        subcommands: [
            HubServeCommand.self, HubUserCommand.self, HubOrganisationCommand.self, HubTokenCommand.self,
            HubRepoCommand.self, HubGarbageCommand.self, HubFsckCommand.self, HubBackupCommand.self,
        ])

    public init() {}

    /// Database and objects hold private models, so nobody but the user may read what this process makes.
    static func keepFilesPrivate() { umask(0o077) }

    /// Tells when a command is about to make a hub where there is none: the folder's name may be a typing error.
    static func announceNewHub(in data: String) {
        guard access(data + "/hub.sqlite", F_OK) != 0 else { return }
        let notice = "notice: there is no hub in \(data) yet; making a new, empty one\n"
        _ = notice.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }
}
