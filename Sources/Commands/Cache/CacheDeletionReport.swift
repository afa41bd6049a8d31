internal import HubClient
internal import Terminal

/// What `shoal cache rm --json` and `shoal cache prune --json` print.
struct CacheDeletionReport: Encodable {
    /// Nothing was removed; the numbers say what would be.
    var isDryRun: Bool
    /// Repositories of which nothing remains.
    var repos = 0
    var revisions = 0
    var files = 0
    var incomplete = 0
    var sharedBlobs = 0
    /// Bytes that are free now.
    var size: UInt64 = 0
    /// Targets that the cache does not have.
    var missing: [String] = []
    /// What was left alone, and why.
    var kept: [String] = []

    enum CodingKeys: String, CodingKey {
        case isDryRun = "dry_run"
        case repos, revisions, files, incomplete
        case sharedBlobs = "shared_blobs"
        case size = "freed"
        case missing, kept
    }

    init(isDryRun: Bool) { self.isDryRun = isDryRun }

    mutating func take(_ outcome: CacheCleaner.Outcome) {
        size = outcome.freed
        kept += outcome.kept
    }

    func print(as output: ResultOptions, summary: String) throws {
        for text in kept { TerminalStream.error.writeLine("warning: kept: " + FailureReport.clause(text)) }
        try output.print(self, quiet: []) { [summary] }
    }
}
