import ArgumentParser
import Commands
import HubServer
import Terminal

/// The commands on organisations.
struct HubOrganisationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "org", abstract: "Add, list and remove organisations, and say who belongs to them.",
        discussion: """
            An organisation owns a namespace that its members share.

            EXAMPLES:
              shoal hub org add --data ./hub models-team
              shoal hub org join --data ./hub models-team alice --role write
            """,
        subcommands: [
            HubOrganisationAddCommand.self, HubOrganisationListCommand.self, HubOrganisationRemoveCommand.self,
            HubOrganisationJoinCommand.self, HubOrganisationLeaveCommand.self,
        ])
}

struct HubOrganisationAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Add an organisation.")

    @OptionGroup var options: AdministrationOptions

    @Argument(help: "Name of the organisation.")
    var name: String

    @Option(help: ArgumentHelp("The organisation's full name.", valueName: "text"))
    var fullname: String?

    func run() async throws {
        try options.administer { hub in try hub.addOrganisation(name, fullname: fullname) }
        try options.showDone(name, "Added the organisation \(name)")
    }
}

struct HubOrganisationListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the organisations and their members.", aliases: ["ls"])

    @OptionGroup var options: AdministrationOptions

    func run() async throws {
        let organisations = try options.administer { hub in try hub.organisations() }
        try options.show(organisations) {
            var table = TextTable([.init("ORGANISATION"), .init("FULL NAME"), .init("ADDED"), .init("MEMBERS")])
            for organisation in organisations {
                table.append(
                    organisation.name, organisation.fullname ?? "-", organisation.createdAt.dayText,
                    roleText(organisation.members))
            }
            return table.lines()
        }
    }
}

struct HubOrganisationRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove an organisation that owns no repositories.", aliases: ["rm"])

    @OptionGroup var options: AdministrationOptions

    @Argument(help: "Name of the organisation.")
    var name: String

    func run() async throws {
        try options.administer { hub in try hub.removeOrganisation(name) }
        try options.showDone(name, "Removed the organisation \(name)")
    }
}

struct HubOrganisationJoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Make a user a member, or give a member another role.")

    @OptionGroup var options: AdministrationOptions

    @Argument(help: "Name of the organisation.")
    var name: String

    @Argument(help: "Name of the user.")
    var user: String

    @Option(
        help: ArgumentHelp(
            "read, contributor or write: read private repositories, also create repositories and change those, or "
                + "change all of them."))
    var role: String

    func validate() throws {
        guard HubAdministration.memberRoles.contains(role) else {
            throw ValidationError("--role must be one of \(HubAdministration.memberRoles.joined(separator: ", "))")
        }
    }

    func run() async throws {
        try options.administer { hub in try hub.setMember(user, of: name, role: role) }
        try options.showDone(user, "\(user) is a member of \(name) with the role \(role)")
    }
}

struct HubOrganisationLeaveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "leave", abstract: "End a user's membership.")

    @OptionGroup var options: AdministrationOptions

    @Argument(help: "Name of the organisation.")
    var name: String

    @Argument(help: "Name of the user.")
    var user: String

    func run() async throws {
        try options.administer { hub in try hub.removeMember(user, of: name) }
        try options.showDone(user, "\(user) is no member of \(name) any more")
    }
}
