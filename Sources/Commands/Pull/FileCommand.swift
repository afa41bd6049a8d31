internal import ArgumentParser
internal import HubClient
internal import Terminal

struct FileCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Download one file of a repository.",
        discussion: """
            Prints the path of the file: in the cache, or in DIR.

            EXAMPLES:
              shoal file org/model config.json
              shoal file org/model onnx/model.onnx ./models
            """)

    @OptionGroup var repository: RepoOptions

    @Argument(help: "The file's path in the repository.")
    var name: String

    @Argument(help: ArgumentHelp("Put the file into this folder instead of the cache.", valueName: "dir"))
    var directory: String?

    @OptionGroup var place: PlaceOptions
    @OptionGroup var hub: HubOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup var progress: ProgressOptions

    func run() async throws {
        Interruption.install(wantsJSON: result.json, isResumable: true)
        if directory == "" { throw CommandFailure.usage("DIR is empty", hint: "name a folder, or leave it out") }
        if directory != nil, !place.isUnspecified {
            throw CommandFailure.usage("the file goes to one place: DIR, --local-dir or --cache-dir")
        }
        let settings = try place.settings(hub)
        let request = PullRequest(
            repo: try repository.reference(), files: [name], areFilesLiteral: true,
            localDirectory: (directory ?? place.localDir).map(Environment.absolute), isForced: place.forceDownload)
        try await PullRun(request: request, settings: settings, output: result, progress: progress.mode(for: result))
            .pullAndPrint()
    }
}
