internal import ArgumentParser
internal import HubClient
internal import Terminal

struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Forget the saved access tokens, or one of them.",
        discussion: """
            EXAMPLES:
              shoal logout
              shoal logout --token-name work
            """)

    @Option(help: ArgumentHelp("Forget this token only.", valueName: "name"))
    var tokenName: String?

    @OptionGroup var output: ResultOptions

    func run() async throws {
        let settings = try Environment.settings()
        let store = TokenStore(settings: settings)
        let isInUse =
            tokenName == nil || store.tokens().contains { $0.name == tokenName && $0.token == store.current() }
        let wasLoggedIn = try store.remove(name: tokenName)
        if let tokenName, !wasLoggedIn {
            throw CommandFailure(
                code: "token_not_found", message: "no token is saved under the name '\(tokenName)'",
                hint: "see 'shoal auth list'")
        }
        if wasLoggedIn, isInUse { GitCredential.reject(endpoint: settings.endpoint) }
        if HubSettings.hasEnvironmentToken(Environment.variables) {
            TerminalStream.error.writeLine("warning: HF_TOKEN is still set in the environment")
        }
        try output.print(Document(wasLoggedIn: wasLoggedIn), quiet: []) {
            [wasLoggedIn ? "logged out" : "there was no saved login"]
        }
    }

    private struct Document: Encodable {
        var wasLoggedIn: Bool

        enum CodingKeys: String, CodingKey { case wasLoggedIn = "was_logged_in" }
    }
}
