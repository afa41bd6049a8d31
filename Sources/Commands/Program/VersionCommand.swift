internal import ArgumentParser
internal import Terminal

struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.",
        discussion: """
            EXAMPLE:
              shoal version
            """)

    @OptionGroup var output: ResultOptions

    func run() async throws {
        try output.print(Document(version: ShoalVersion.current), quiet: [ShoalVersion.current]) {
            ["shoal \(ShoalVersion.current)"]
        }
    }

    private struct Document: Encodable { var version: String }
}
