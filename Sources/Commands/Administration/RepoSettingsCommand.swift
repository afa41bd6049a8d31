internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct RepoSettingsCommand: AsyncParsableCommand, TokenSending {
    enum Gate: String, ExpressibleByArgument, CaseIterable {
        case auto, manual
        case open = "false"

        var gating: Gating {
            switch self {
            case .auto: .auto
            case .manual: .manual
            case .open: .open
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Change who may see and download a repository.",
        discussion: """
            EXAMPLES:
              shoal repos settings org/model --private
              shoal repos settings org/model --gated auto
            """)

    @OptionGroup var name: RepoNameOptions
    @OptionGroup var visibility: VisibilityOptions

    @Option(help: "Whether users must ask before they download: auto, manual or false.")
    var gated: Gate?

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        guard gated != nil || visibility.choice != nil else {
            throw ValidationError("there is nothing to change: name --gated, --private or --public")
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        try await ClientSession.withHub(try hub.settings()) { hub in
            try await hub.updateSettings(of: repo, visibility: visibility.choice, gating: gated?.gating)
        }
        try output.print(RepoChange(repoID: repo.id.description), quiet: [repo.id.description]) {
            ["changed \(repo)"]
        }
    }
}
