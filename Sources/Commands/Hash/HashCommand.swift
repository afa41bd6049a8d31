internal import ArgumentParser
internal import HubClient
internal import Terminal
internal import Transfer

struct HashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash", abstract: "Print the Xet hash of files.",
        discussion: """
            One line per file, hash and path, as sha256sum prints them; with --sha256 the SHA-256 stands between. Of a \
            folder every file below it is hashed. \
            A file that cannot be read is reported and the others are hashed all the same; the exit code is then 1. \
            - is standard input.

            EXAMPLES:
              shoal hash model.safetensors
              shoal hash *.safetensors --sha256 --json
              shoal hash ./model
            """)

    @Argument(help: ArgumentHelp("The files, or folders of files.", valueName: "file"))
    var files: [String]

    @Flag(name: .customLong("sha256"), help: "Print the SHA-256 too.")
    var sha256 = false

    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        TransferEngine.allowFileWindows()
        let paths = try files.flatMap { Environment.isFolder($0) ? try LocalFiles.below($0) : [$0] }
        let entries = try await ClientSession.withEngine { _, engine, _ in
            try await HashReport.make(of: paths, withSHA256: sha256, engine: engine) { entry in
                switch entry.outcome {
                case .success(let hashed):
                    if !output.json { TerminalStream.output.write(HashReport.line(entry.path, hashed)) }
                case .failure(let failure): FailureReport.emit(failure, json: false)
                }
            }
        }
        if output.json { try JSONOutput.print(entries) }
        if entries.contains(where: \.isFailure) { throw ExitCode(1) }
    }
}
