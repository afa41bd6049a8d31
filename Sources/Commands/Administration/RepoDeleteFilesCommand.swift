internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct RepoDeleteFilesCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "delete-files", abstract: "Delete files from a repository with one commit.",
        discussion: """
            Patterns are those of Python's fnmatch, where * also crosses /; folder/ means everything below. \
            .gitattributes stays. Earlier commits keep the files. Prints the commit's address.

            EXAMPLES:
              shoal repos delete-files org/model old.bin
              shoal repos delete-files org/model '*.bin' logs/ --commit-message 'Clean up'
            """)

    @OptionGroup var repository: RepoOptions

    @Argument(help: ArgumentHelp("What to delete.", valueName: "pattern"))
    var patterns: [String]

    @Option(help: ArgumentHelp("The commit's first line.", valueName: "text"))
    var commitMessage: String?

    @Option(help: ArgumentHelp("The text below the commit's first line.", valueName: "text"))
    var commitDescription: String?

    @Flag(inversion: .prefixedNo, help: "Open a pull request instead of changing the branch.")
    var createPr = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        var url: String
        var commit: String
        var files: [String]
        var pullRequestURL: String?

        enum CodingKeys: String, CodingKey {
            case url, commit, files
            case pullRequestURL = "pull_request_url"
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let request = DeleteFilesRequest(
            repo: try repository.reference(), patterns: patterns, commitMessage: commitMessage,
            commitDescription: commitDescription, createsPullRequest: createPr)
        let result = try await ClientSession.withHub(try hub.settings()) { try await $0.deleteFiles(request) }
        let document = Document(
            url: result.commitURL, commit: result.commit, files: result.files, pullRequestURL: result.pullRequestURL)
        try output.print(document, quiet: [result.commitURL]) {
            [result.commitURL] + result.files.map { "  deleted \(TextWidth.printable($0))" }
                + (result.pullRequestURL.map { ["  pull request: \($0)"] } ?? [])
        }
    }
}
