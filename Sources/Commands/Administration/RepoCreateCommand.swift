internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct RepoCreateCommand: AsyncParsableCommand, TokenSending {
    /// What spaces run on.
    enum SDK: String, ExpressibleByArgument, CaseIterable { case gradio, streamlit, docker, `static` }

    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a repository.",
        discussion: """
            A name without a namespace goes into your own. Prints the address of the repository's page.

            EXAMPLES:
              shoal repos create org/model
              shoal repos create org/data --type dataset --private
              shoal repos create org/demo --type space --sdk gradio --exist-ok
            """)

    @OptionGroup var name: RepoNameOptions
    @OptionGroup var visibility: VisibilityOptions

    @Option(
        name: [.long, .customLong("space-sdk")],
        help: "What a space runs on: gradio, streamlit, docker or static, the default.")
    var sdk: SDK?

    @Flag(inversion: .prefixedNo, help: "Do not fail when the repository exists.")
    var existOk = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        let url = try await ClientSession.withHub(try hub.settings()) { hub in
            try await hub.createRepo(repo, visibility: visibility.choice, sdk: sdk?.rawValue, existOK: existOk)
        }
        try output.print(RepoChange(repoID: repo.id.description, url: url), quiet: [repo.id.description]) { [url] }
    }
}
