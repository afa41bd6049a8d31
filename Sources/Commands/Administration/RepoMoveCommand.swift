internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct RepoMoveCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Give a repository another name or namespace.",
        discussion: """
            EXAMPLE:
              shoal repos move alice/model org/model
            """)

    @OptionGroup var name: RepoNameOptions

    @Argument(help: "The new name: NAMESPACE/NAME.")
    var newName: String

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        let target = try RepoReference(parsing: newName).id
        try await ClientSession.withHub(try hub.settings()) { try await $0.moveRepo(repo, to: target) }
        let change = RepoChange(fromID: repo.id.description, toID: target.description)
        try output.print(change, quiet: [target.description]) { ["moved \(repo.id) to \(target)"] }
    }
}

struct RepoDuplicateCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "duplicate", abstract: "Copy a repository inside the hub.",
        discussion: """
            Without a new name the copy has the same name in your own namespace. Prints the address of its page.

            EXAMPLES:
              shoal repos duplicate org/model alice/experiment --private
              shoal repos duplicate org/data --type dataset
            """)

    @OptionGroup var name: RepoNameOptions

    @Argument(help: "The name of the copy: NAMESPACE/NAME.")
    var newName: String?

    @OptionGroup var visibility: VisibilityOptions

    @Flag(inversion: .prefixedNo, help: "Do not fail when the copy exists.")
    var existOk = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let repo = try name.reference()
        let copy = try await ClientSession.withHub(try hub.settings()) { hub in
            let target = try await target(of: repo, at: hub)
            do {
                return (id: target, url: try await hub.duplicateRepo(repo, to: target, visibility: visibility.choice))
            } catch let error as HubError where existOk && error.code == .conflict {
                return (id: target, url: "\(hub.settings.endpoint)/\(repo.type.urlPrefix)\(target)")
            }
        }
        let change = RepoChange(url: copy.url, fromID: repo.id.description, toID: copy.id.description)
        try output.print(change, quiet: [copy.id.description]) { [copy.url] }
    }

    private func target(of repo: RepoReference, at hub: Hub) async throws -> RepoID {
        let named = try newName.map { try RepoReference(parsing: $0).id }
        if let named, named.namespace != nil { return named }
        let owner = try await hub.whoAmI().name
        guard let id = RepoID("\(owner)/\((named ?? repo.id).name)") else {
            throw CommandFailure.usage("'\(owner)' cannot be a namespace", hint: "write NAMESPACE/NAME")
        }
        return id
    }
}
