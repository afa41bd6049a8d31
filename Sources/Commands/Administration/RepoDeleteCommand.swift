internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct RepoDeleteCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a repository with everything in it.",
        discussion: """
            Asks first; where nobody can be asked, --yes is needed.

            EXAMPLES:
              shoal repos delete org/model
              shoal repos delete org/data --type dataset --yes
            """)

    @OptionGroup var name: RepoNameOptions

    @Flag(inversion: .prefixedNo, help: "Do not fail when there is no such repository.")
    var missingOk = false

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        let settings = try hub.settings()
        try Confirmation.require(
            yes, as: output, question: "delete the \(repo.type.rawValue) \(repo.id) at \(settings.endpoint) for ever?")
        let was = try await ClientSession.withHub(settings) { try await $0.deleteRepo(repo, missingOK: missingOk) }
        try output.print(RepoChange(repoID: repo.id.description), quiet: [repo.id.description]) {
            [was ? "deleted \(repo)" : "there was no \(repo)"]
        }
    }
}
