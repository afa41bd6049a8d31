import ArgumentParser
import Commands
import HubServer
import Terminal

/// The commands on access tokens.
struct HubTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke access tokens.",
        subcommands: [HubTokenAddCommand.self, HubTokenListCommand.self, HubTokenRemoveCommand.self])
}

/// Makes an access token.
struct HubTokenAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make an access token and print it; it is kept nowhere.",
        discussion: """
            Works while the hub is running. Makes the user, too, where there is none of that name.

            EXAMPLES:
              shoal hub token add --data ./hub --user alice --role write
              shoal hub token add --data ./hub --user ci --role fine-grained --allow read:models-team \\
                --allow write:datasets/models-team/results --expires-in-days 90
            """)

    @OptionGroup var options: AdministrationOptions

    @Option(help: ArgumentHelp("Name of the user, and of the namespace that is theirs.", valueName: "name"))
    var user: String

    @Option(
        help: ArgumentHelp(
            "read, write, admin or fine-grained: read what the user may read, do what the user may do, do anything on "
                + "this hub, or only what --allow says."))
    var role: String

    @Option(help: ArgumentHelp("Name of the token, by which it can be revoked.", valueName: "name"))
    var name: String?

    @Option(
        name: .customLong("allow"),
        help: ArgumentHelp(
            "For a fine-grained token: read: or write: and a namespace or a repository; may be repeated.",
            valueName: "permission:target"))
    var grants: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Days until the token is void; without it, it holds until revoked.", valueName: "days"))
    var expiresInDays: Int?

    func validate() throws {
        guard HubAdministration.tokenRoles.contains(role) else {
            throw ValidationError("--role must be one of \(HubAdministration.tokenRoles.joined(separator: ", "))")
        }
        guard role != "fine-grained" || !grants.isEmpty else {
            throw ValidationError("a fine-grained token must be allowed something: name it with --allow")
        }
        guard expiresInDays.map({ (1...36500).contains($0) }) ?? true else {
            throw ValidationError("--expires-in-days must lie between 1 and 36500")
        }
    }

    func run() async throws {
        let token = try options.administer(makesHub: true) { hub in
            try hub.addToken(
                user: user, role: role, name: name, grants: grants,
                lifetime: expiresInDays.map { Int64($0) * 86400 })
        }
        try options.show(["token": token]) { [token] }
    }
}

/// Lists access tokens.
struct HubTokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the access tokens, of one user or of all.", aliases: ["ls"])

    @OptionGroup var options: AdministrationOptions

    @Option(help: ArgumentHelp("Only the tokens of this user.", valueName: "name"))
    var user: String?

    func run() async throws {
        let tokens = try options.administer { hub in try hub.tokens(of: user) }
        try options.show(tokens) {
            var table = TextTable([
                .init("ID"), .init("USER"), .init("NAME"), .init("ROLE"), .init("MADE"), .init("EXPIRES"),
                .init("ALLOWS"),
            ])
            for token in tokens {
                table.append(
                    token.id, token.user, token.name, token.role, token.createdAt.dayText,
                    token.expiresAt?.dayText ?? "-", token.grants.joined(separator: " "))
            }
            return table.lines()
        }
    }
}

/// Revokes an access token.
struct HubTokenRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Revoke an access token at once.", aliases: ["rm"])

    @OptionGroup var options: AdministrationOptions

    @Option(help: ArgumentHelp("The user whose token it is.", valueName: "name"))
    var user: String

    @Argument(help: "Id or name of the token, as `shoal hub token list` shows them.")
    var token: String

    func run() async throws {
        try options.administer { hub in try hub.removeToken(of: user, named: token) }
        try options.showDone(token, "Revoked the token \(token) of \(user)")
    }
}
