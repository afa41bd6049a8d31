internal import ArgumentParser
internal import Terminal

/// Prints the script that teaches a shell to complete the program's arguments.
struct CompletionCommand: AsyncParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var parserShell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a completion script for bash, zsh or fish.",
        discussion: """
            Completes commands, options and their values, and the names of cached repositories.

            EXAMPLES:
              shoal completion bash > ~/.local/share/bash-completion/completions/shoal
              shoal completion zsh > ~/.zsh/completions/_shoal
              shoal completion fish > ~/.config/fish/completions/shoal.fish
            """)

    @Argument(help: "The shell.")
    var shell: Shell

    func run() async throws {
        var script = ShoalCommand.completionScript(for: shell.parserShell)
        if let sibling = ServerSibling.output(of: ["--generate-completion-script", shell.rawValue]) {
            script = CompletionScript.merged(script, with: sibling, commands: ServerSibling.commands, shell: shell)
        }
        TerminalStream.output.writeLine(script)
    }
}
