internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct CatalogueInfoCommand<Kind: CatalogueKind>: AsyncParsableCommand, TokenSending {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "info", abstract: "Print all that the hub says about a \(Kind.type.rawValue), as JSON.",
            discussion: """
                'shoal info' prints the same for people.

                EXAMPLES:
                  shoal \(Kind.type.plural) info org/\(Kind.type.rawValue)
                  shoal \(Kind.type.plural) info org/\(Kind.type.rawValue) --expand downloads,likes
                """)
    }

    @OptionGroup var repository: TypedRepoOptions<Kind>

    @Option(help: "Properties to return, separated by commas.")
    var expand: String?

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let reference = try repository.reference()
        let properties = try CatalogueExpansion.properties(expand, of: Kind.type)
        let document = try await ClientSession.withHub(try hub.settings()) { hub in
            try await hub.repoDocument(reference, expand: properties)
        }
        try output.print(document, quiet: [document["id"]?.text ?? reference.id.description]) {
            [try JSONOutput.text(document, isPretty: true)]
        }
    }
}

extension TypedRepoOptions {
    func reference() throws -> RepoReference {
        var reference = try RepoReference(parsing: repo)
        try ExplicitRepo.apply(Kind.type, to: &reference, typed: repo)
        try ExplicitRepo.apply(revision: revision, to: &reference, typed: repo)
        return reference
    }
}
