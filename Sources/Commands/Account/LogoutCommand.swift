internal import ArgumentParser
internal import HubClient
internal import Terminal

struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Forget the saved access tokens.")

    @OptionGroup var output: ResultOptions

    func run() async throws {
        let settings = HubSettings(environment: Environment.variables, home: Environment.home)
        let wasLoggedIn = try TokenStore(settings: settings).remove()
        if HubSettings.hasEnvironmentToken(Environment.variables) {
            TerminalStream.error.writeLine("warning: HF_TOKEN is still set in the environment")
        }
        if output.json {
            try JSONOutput.print(Document(wasLoggedIn: wasLoggedIn))
        } else if !output.quiet {
            TerminalStream.output.writeLine(wasLoggedIn ? "logged out" : "there was no saved login")
        }
    }

    private struct Document: Encodable {
        var wasLoggedIn: Bool

        enum CodingKeys: String, CodingKey { case wasLoggedIn = "was_logged_in" }
    }
}
