internal import ArgumentParser
internal import HubClient
internal import Terminal

struct CachePruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove detached revisions, incomplete downloads and unused shared content from the cache.",
        discussion: """
            A revision is detached when no branch, tag or pull request in the cache stands for it. What another \
            process is downloading is left alone. A pull that was interrupted cannot continue after a prune.

            EXAMPLES:
              shoal cache prune --dry-run
              shoal cache prune --yes
            """)

    @OptionGroup var cache: CacheOptions
    @OptionGroup var deletion: DeletionOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        let inventory = try cache.scan()
        let cleaner = cache.cleaner(inventory)
        let plan = cleaner.planPrune()
        var report = CacheDeletionReport(isDryRun: deletion.dryRun)
        report.revisions = plan.detached.revisionCount
        report.repos = plan.detached.wholeRepoCount
        report.incomplete = plan.incomplete.count
        report.sharedBlobs = plan.sharedBlobs.count
        report.size = plan.size
        report.kept = plan.kept
        guard !plan.isEmpty else {
            if !deletion.dryRun { cleaner.removeLeftovers() }
            return try report.print(as: output, summary: "nothing to prune")
        }
        let summary = Self.summary(plan)
        Confirmation.announce("\(summary), \(ByteText.size(plan.size))", CacheLines.of(plan.detached), as: output)
        guard !deletion.dryRun else { return try report.print(as: output, summary: "nothing was deleted (dry run)") }
        try Confirmation.require(deletion.yes, as: output)
        report.take(try await cleaner.prune(plan))
        try report.print(as: output, summary: "deleted \(summary); \(ByteText.size(report.size)) freed")
    }

    private static func summary(_ plan: CacheCleaner.PrunePlan) -> String {
        let counts = [
            (plan.detached.revisionCount, "detached revision"), (plan.incomplete.count, "incomplete download"),
            (plan.sharedBlobs.count, "unused shared blob"),
        ]
        return counts.filter { $0.0 > 0 }.map { Plural.count($0.0, $0.1) }.joined(separator: ", ")
    }
}
