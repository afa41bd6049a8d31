internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct LoginCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Save an access token, after asking the hub whose it is.",
        discussion: """
            Without --token the token is asked for on the terminal, unseen, or read from standard input. It is kept \
            where Hugging Face's tools keep theirs, under its name at the hub, so that a login serves them all.

            EXAMPLES:
              shoal login
              shoal login < token.txt
              shoal login --add-to-git-credential
            """)

    @Flag(inversion: .prefixedNo, help: "Give the token to git's credential helper too.")
    var addToGitCredential = false

    /// Accepted for scripts written for `hf`: a login always replaces the token in use.
    @Flag(inversion: .prefixedNo, help: .hidden)
    var force = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    /// A login never takes the token of the environment or of an earlier login.
    var tokenSource: TokenSource { hub.token == nil ? .prompt : .option }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        var settings = try hub.settings()
        settings.token = try hub.token.map { $0.trimmingSpaces() } ?? Self.askForToken(endpoint: settings.endpoint)
        let account = try await ClientSession.withHub(settings) { hub in try await hub.whoAmI() }
        guard let token = settings.token else { return }
        try TokenStore(settings: settings).save(
            token: token, name: account.auth?.accessToken?.displayName ?? account.name)
        if addToGitCredential { try GitCredential.approve(token: token, endpoint: settings.endpoint) }
        if HubSettings.hasEnvironmentToken(Environment.variables) {
            TerminalStream.error.writeLine(
                "warning: HF_TOKEN is set and goes before the saved token; unset it to use this login")
        }
        try output.print(AccountReport(account, endpoint: settings.endpoint), quiet: [account.name]) {
            ["logged in as \(account.name)"]
        }
    }

    private static func askForToken(endpoint: String) throws -> String {
        let line = SecretPrompt.read("Token for \(endpoint) (not shown): ")
        guard let token = line?.trimmingSpaces(), !token.isEmpty else {
            throw CommandFailure.usage("no token was given", hint: "type one, pipe one in, or use --token")
        }
        return token
    }
}
