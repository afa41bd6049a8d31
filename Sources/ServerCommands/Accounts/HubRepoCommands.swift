import ArgumentParser
import Commands
import HubServer

/// The commands on the repositories of a hub, for who runs it.
struct HubRepoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo", abstract: "Switch repositories off and on again.",
        discussion: """
            A repository that is switched off answers nobody, its owner neither, and loses nothing. Addresses of bytes \
            that were handed out before hold until they expire, within two hours.

            EXAMPLES:
              shoal hub repo disable --data ./hub alice/model
              shoal hub repo enable --data ./hub datasets/alice/words
            """,
        subcommands: [HubRepoDisableCommand.self, HubRepoEnableCommand.self])
}

struct HubRepoDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Switch a repository off, at once and for everybody.")

    @OptionGroup var target: HubRepoTarget

    func run() async throws { try target.setDisabled(true, done: "Disabled") }
}

struct HubRepoEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Switch a repository on again.")

    @OptionGroup var target: HubRepoTarget

    func run() async throws { try target.setDisabled(false, done: "Enabled") }
}

/// The repository that a command switches.
struct HubRepoTarget: ParsableArguments {
    @OptionGroup var options: AdministrationOptions

    @Argument(help: "The repository: NAMESPACE/NAME, behind datasets/ or spaces/ where it is one.")
    var repo: String

    func setDisabled(_ isDisabled: Bool, done: String) throws {
        try options.administer { hub in try hub.setDisabled(isDisabled, repo: repo) }
        try options.showDone(repo, "\(done) \(repo)")
    }
}
