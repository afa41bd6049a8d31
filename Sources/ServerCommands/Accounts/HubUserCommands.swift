import ArgumentParser
import Commands
import HubServer
import Terminal

/// The commands on users.
struct HubUserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Add, list and remove the users of a hub.",
        subcommands: [HubUserAddCommand.self, HubUserListCommand.self, HubUserRemoveCommand.self])
}

struct HubUserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a user, who then owns the namespace of that name.")

    @OptionGroup var options: AdministrationOptions

    @Argument(help: "Name of the user.")
    var name: String

    @Option(help: ArgumentHelp("The user's full name.", valueName: "text"))
    var fullname: String?

    @Option(help: ArgumentHelp("The user's e-mail address, shown to the user alone.", valueName: "address"))
    var email: String?

    func run() async throws {
        try options.administer(makesHub: true) { hub in try hub.addUser(name, fullname: fullname, email: email) }
        try options.showDone(name, "Added the user \(name)")
    }
}

struct HubUserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the users.", aliases: ["ls"])

    @OptionGroup var options: AdministrationOptions

    func run() async throws {
        let users = try options.administer { hub in try hub.users() }
        try options.show(users) {
            var table = TextTable([.init("USER"), .init("FULL NAME"), .init("ADDED"), .init("ORGANISATIONS")])
            for user in users {
                table.append(user.name, user.fullname ?? "-", user.createdAt.dayText, roleText(user.organisations))
            }
            return table.lines()
        }
    }
}

struct HubUserRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a user who owns no repositories, and revoke all their tokens.",
        aliases: ["rm"])

    @OptionGroup var options: AdministrationOptions

    @Argument(help: "Name of the user.")
    var name: String

    func run() async throws {
        try options.administer { hub in try hub.removeUser(name) }
        try options.showDone(name, "Removed the user \(name)")
    }
}
