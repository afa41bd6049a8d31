internal import ArgumentParser
internal import HubWire

/// Which of the three catalogues a group of commands is about.
protocol CatalogueKind: Sendable {
    static var type: RepoType { get }
}

enum ModelKind: CatalogueKind { static let type = RepoType.model }
enum DatasetKind: CatalogueKind { static let type = RepoType.dataset }
enum SpaceKind: CatalogueKind { static let type = RepoType.space }

/// `models`, `datasets` and `spaces`, as `hf` has them.
struct CatalogueCommand<Kind: CatalogueKind>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        let (one, many) = (Kind.type.rawValue, Kind.type.plural)
        return CommandConfiguration(
            commandName: many, abstract: "Search the hub's \(many), and look into one.",
            discussion: """
                EXAMPLES:
                  shoal \(many) list --search bert --sort downloads
                  shoal \(many) list org/\(one) -R
                  shoal \(many) info org/\(one)
                  shoal \(many) card org/\(one) --text
                """,
            subcommands: [
                CatalogueListCommand<Kind>.self, CatalogueInfoCommand<Kind>.self, CatalogueCardCommand<Kind>.self,
            ])
    }
}

/// A repository whose type the group has named already.
struct TypedRepoOptions<Kind: CatalogueKind>: ParsableArguments {
    @Argument(help: "The repository: NAMESPACE/NAME.")
    var repo: String

    @Option(help: "A branch, tag or commit; main by default.")
    var revision: String?
}
