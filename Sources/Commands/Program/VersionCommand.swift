internal import ArgumentParser
internal import Terminal

struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @OptionGroup var output: ResultOptions

    func run() async throws {
        if output.json {
            try JSONOutput.print(Document(version: ShoalVersion.current))
        } else {
            TerminalStream.output.writeLine("shoal \(ShoalVersion.current)")
        }
    }

    private struct Document: Encodable { var version: String }
}
