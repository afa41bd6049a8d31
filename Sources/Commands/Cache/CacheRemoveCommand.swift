internal import ArgumentParser
internal import HubClient
internal import Terminal

struct CacheRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove repositories, revisions or single files from the cache.",
        discussion: """
            A target is TYPE/NAMESPACE/NAME as 'shoal cache ls' shows it, an hf:// address of a repository or of one \
            file, or the 40 digits of a commit. Content that something else uses stays.

            EXAMPLES:
              shoal cache rm model/org/name
              shoal cache rm hf://org/name/model-Q8_0.gguf
              shoal cache rm 9338f7b671827df886678df2bdd7cc7b4f36dffd --dry-run
            """)

    @Argument(help: ArgumentHelp("What to remove.", valueName: "target"))
    var targets: [String]

    @OptionGroup var cache: CacheOptions
    @OptionGroup var deletion: DeletionOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        let inventory = try cache.scan()
        let cleaner = cache.cleaner(inventory)
        let selection = try inventory.select(targets)
        for target in selection.missing {
            TerminalStream.error.writeLine("warning: not in the cache: \(TextWidth.printable(target))")
            let meant = inventory.cacheIDs(endingIn: target)
            if !meant.isEmpty {
                let names = meant.map(TextWidth.printable).joined(separator: " or ")
                TerminalStream.error.writeLine("hint: write \(names)")
            }
        }
        var report = CacheDeletionReport(isDryRun: deletion.dryRun)
        report.repos = selection.wholeRepoCount
        report.revisions = selection.revisionCount
        report.files = selection.files.count
        report.missing = selection.missing
        report.size = cleaner.size(of: selection)
        guard !selection.isEmpty else { return try report.print(as: output, summary: "nothing to delete") }
        let summary = Self.summary(selection)
        Confirmation.announce("\(summary), \(ByteText.size(report.size))", CacheLines.of(selection), as: output)
        guard !deletion.dryRun else { return try report.print(as: output, summary: "nothing was deleted (dry run)") }
        try Confirmation.require(deletion.yes, as: output)
        let outcome = try await cleaner.remove(selection)
        report.take(outcome)
        try report.print(as: output, summary: "deleted \(summary); \(ByteText.size(report.size)) freed")
    }

    private static func summary(_ selection: CacheSelection) -> String {
        if !selection.files.isEmpty { return Plural.count(selection.files.count, "file") }
        let partial = selection.parts.filter { !$0.isWholeRepo }.reduce(0) { $0 + $1.revisions.count }
        let parts = [
            (selection.wholeRepoCount, "repository", "repositories"), (partial, "revision", "revisions"),
        ]
        return parts.filter { $0.0 > 0 }.map { Plural.count($0.0, $0.1, $0.2) }.joined(separator: " and ")
    }
}

/// What a selection consists of, for people.
enum CacheLines {
    static func of(_ selection: CacheSelection) -> [String] {
        selection.files.map { "  - " + $0.label }
            + selection.parts.flatMap { part in
                guard !part.isWholeRepo else { return ["  - \(part.repo.cacheID) (entire repository)"] }
                return ["  - \(part.repo.cacheID):"]
                    + part.revisions.map { revision in
                        let refs = revision.refs.isEmpty ? "(detached)" : revision.refs.joined(separator: " ")
                        return "      \(revision.commit) [\(refs)] \(ByteText.size(revision.size))"
                    }
            }
    }
}
