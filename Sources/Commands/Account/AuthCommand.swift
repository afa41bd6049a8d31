internal import ArgumentParser

/// The group of commands about accounts and tokens, as `hf auth` has it.
struct AuthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth", abstract: "Manage the saved access tokens.",
        discussion: """
            The tokens are kept where Hugging Face's tools keep theirs: each under a name, and one of them active.

            EXAMPLES:
              shoal auth login
              shoal auth list
              shoal auth switch --token-name work
              curl -H "Authorization: Bearer $(shoal auth token)" https://huggingface.co/api/whoami-v2
            """,
        subcommands: [
            LoginCommand.self, LogoutCommand.self, TokenListCommand.self, TokenSwitchCommand.self,
            TokenPrintCommand.self, WhoAmICommand.self,
        ])
}
