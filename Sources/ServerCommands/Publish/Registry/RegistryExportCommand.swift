internal import ArgumentParser
internal import Commands
internal import Publish
internal import PublishWire
internal import Terminal

/// Gives out a manifest.
struct RegistryExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print or write the manifest of a model.",
        discussion: """
            Exactly the bytes that are in the torrent. With --output the signature is written beside it, as FILE with \
            .sig in place of .json.

            EXAMPLES:
              shoal registry export org/model
              shoal registry export org/model@1.0 -o manifest.json
            """)

    @Argument(help: ArgumentHelp("ORG/NAME or ORG/NAME@VERSION.", valueName: "model"))
    var model: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Write it there.", valueName: "file"), completion: .file())
    var output: String?

    func run() async throws {
        let session = try PublishSession()
        let name = try ModelName(parsing: model)
        guard let papers = try session.registry.manifest(of: name) else { throw PublishError.unknown(name) }
        guard let output else {
            TerminalStream.output.write(String(decoding: papers.manifest, as: UTF8.self))
            return
        }
        let path = FolderPath.absolute(output, home: Environment.home)
        try PlacedFile.write(papers.manifest, to: path)
        TerminalStream.error.writeLine("wrote \(path)")
        guard let signature = papers.signature else { return }
        let beside = (path.hasSuffix(".json") ? String(path.dropLast(5)) : path) + ".sig"
        try PlacedFile.write(signature, to: beside)
        TerminalStream.error.writeLine("wrote \(beside)")
    }
}
