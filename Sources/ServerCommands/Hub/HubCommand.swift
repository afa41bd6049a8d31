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

    /// Whether a folder holds a hub.
    static func hasHub(in data: String) -> Bool { access(data + "/hub.sqlite", F_OK) == 0 }

    /// Tells when a command is about to make a hub where there is none: the folder's name may be a typing error.
    static func announceNewHub(in data: String) {
        guard !hasHub(in: data) else { return }
        say("notice: there is no hub in \(data) yet; making a new, empty one\n")
    }

    /// Tells that a command has made a hub.
    static func announceMadeHub(in data: String) {
        say("notice: there was no hub in \(data); made a new, empty one\n")
    }

    private static func say(_ notice: String) {
        _ = notice.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }
}
