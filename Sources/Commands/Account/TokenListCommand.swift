internal import ArgumentParser
internal import HubClient
internal import Terminal

struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the saved tokens by name; a star marks the one in use.",
        discussion: """
            EXAMPLE:
              shoal auth list
            """,
        aliases: ["ls"])

    @OptionGroup var output: ResultOptions

    struct Entry: Encodable, Equatable {
        var name: String
        /// The first three and the last four characters.
        var token: String
        var active: Bool
    }

    func run() async throws {
        let settings = try Environment.settings()
        let entries = Self.entries(TokenStore(settings: settings).tokens(), inUse: settings.token)
        try output.print(entries, quiet: entries.map { TextWidth.printable($0.name) }) {
            var table = TextTable([.init(" "), .init("NAME"), .init("TOKEN")])
            for entry in entries { table.append(entry.active ? "*" : "", entry.name, entry.token) }
            return entries.isEmpty ? [] : table.lines()
        }
        if HubSettings.hasEnvironmentToken(Environment.variables) {
            TerminalStream.error.writeLine("warning: HF_TOKEN is set and goes before the saved tokens")
        } else if entries.isEmpty, !output.isForMachines {
            TerminalStream.error.writeLine("hint: no token is saved; run 'shoal login'")
        }
    }

    static func entries(_ tokens: [(name: String, token: String)], inUse: String?) -> [Entry] {
        tokens.map { Entry(name: $0.name, token: masked($0.token), active: $0.token == inUse) }
    }

    /// Short tokens show nothing of themselves.
    static func masked(_ token: String) -> String {
        token.count < 12 ? "****" : "\(token.prefix(3))****\(token.suffix(4))"
    }
}

struct TokenSwitchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch", abstract: "Use another saved token from now on.",
        discussion: """
            Without --token-name the tokens are listed on the terminal to choose from.

            EXAMPLE:
              shoal auth switch --token-name work
            """)

    @Option(help: ArgumentHelp("The token's name, as 'shoal auth list' shows it.", valueName: "name"))
    var tokenName: String?

    @Flag(inversion: .prefixedNo, help: "Give the token to git's credential helper too.")
    var addToGitCredential = false

    @OptionGroup var output: ResultOptions

    private struct Document: Encodable { var name: String }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let settings = try Environment.settings()
        let store = TokenStore(settings: settings)
        let name = try tokenName ?? Self.choose(store.names(), output: output)
        try store.activate(name: name)
        if addToGitCredential, let token = store.current() {
            try GitCredential.approve(token: token, endpoint: settings.endpoint)
        }
        if HubSettings.hasEnvironmentToken(Environment.variables) {
            TerminalStream.error.writeLine("warning: HF_TOKEN is set and goes before the saved token")
        }
        try output.print(Document(name: name), quiet: [name]) { ["the token in use is now \(name)"] }
    }

    private static func choose(_ names: [String], output: ResultOptions) throws -> String {
        guard !names.isEmpty else {
            throw CommandFailure(code: "token_not_found", message: "no token is saved", hint: "run 'shoal login'")
        }
        guard let number = try Choice.ask("Token to use", among: names, isForMachines: output.isForMachines) else {
            throw CommandFailure(code: "declined", message: "nothing was changed")
        }
        return names[number]
    }
}

struct TokenPrintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print the access token in use, the secret itself.",
        discussion: """
            EXAMPLE:
              curl -H "Authorization: Bearer $(shoal auth token)" https://huggingface.co/api/whoami-v2
            """)

    @OptionGroup var output: ResultOptions

    private struct Document: Encodable { var token: String }

    func run() async throws {
        let settings = try Environment.settings()
        guard let token = settings.token else {
            throw HubError(.notLoggedIn, "Nobody is logged in.", hint: "Run 'shoal login', or set HF_TOKEN.")
        }
        try output.print(Document(token: token), quiet: [token]) { [token] }
    }
}
