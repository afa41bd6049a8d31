internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct InfoCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show what a model is: files, formats, parameters, licence.",
        discussion: """
            Reads the headers of safetensors and GGUF files by ranges, never the weights. Of a repository of GGUF \
            files one header is read and the quantisations are listed; name a FILE to see all of its header. A local \
            file or folder (./x, ../x, /x, ~/x) works as well.

            EXAMPLES:
              shoal info org/model --revision v1.0
              shoal info org/model-GGUF model-Q4_K_M.gguf
              shoal info ./model --json
            """)

    @OptionGroup var repository: RepoOptions

    @Argument(help: "One file of the repository.")
    var file: String?

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        if LocalWord.isPath(repository.repo) {
            guard file == nil, repository.revision == nil else {
                throw CommandFailure.usage("a local path has neither files of its own nor revisions")
            }
            let facts = try await ModelFacts.local(Environment.absolute(repository.repo))
            return try show(facts, name: repository.repo, type: nil)
        }
        let settings = try hub.settings()
        let location = try repository.location(at: settings)
        guard file == nil || location.path == nil else {
            throw CommandFailure.usage("the address names a file already")
        }
        let facts: ModelFacts
        do {
            facts = try await ClientSession.withHub(settings) { hub in
                try await hub.inspect(location.repo, file: file ?? location.path)
            }
        } catch var error as HubError where error.code == .repoNotFound {
            guard Environment.kind(repository.repo) != nil else { throw error }
            error.hint = "for what is on this machine write ./\(repository.repo)"
            throw error
        }
        try show(facts, name: "\(location.repo.id)", type: location.repo.type)
    }

    private func show(_ facts: ModelFacts, name: String, type: RepoType?) throws {
        let report = InfoReport(facts, name: name)
        try output.print(report, quiet: [facts.repo?.sha ?? name]) { report.lines(type: type) }
    }
}
