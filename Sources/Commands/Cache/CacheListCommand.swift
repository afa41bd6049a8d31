internal import ArgumentParser
internal import HubClient
internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct CacheListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the repositories in the cache, or their revisions.",
        discussion: """
            Filters are KEY OPERATOR VALUE with the keys accessed, modified, refs, size and type; sizes have units \
            (kB MB GB TB), ages too (s m h d w mo y). The JSON has bytes and Unix seconds as numbers, where hf has words.

            EXAMPLES:
              shoal cache ls
              shoal cache ls --revisions --filter 'refs=main'
              shoal cache ls --filter 'size>1GB' 'accessed>30d' --sort size --limit 10
            """,
        aliases: ["list"])

    @OptionGroup var cache: CacheOptions

    @Flag(help: "List revisions, not repositories.")
    var revisions = false

    @Option(
        name: [.short, .long], parsing: .upToNextOption,
        help: ArgumentHelp("Only entries that meet all of these conditions.", valueName: "condition"))
    var filter: [String] = []

    @Option(help: ArgumentHelp("Order: accessed, modified, name or size, with :asc or :desc.", valueName: "key"))
    var sort: String?

    @Option(help: ArgumentHelp("Show only so many entries.", valueName: "count"))
    var limit: Int?

    @Flag(help: "Say what in the cache is not in order.")
    var showWarnings = false

    @OptionGroup var output: ResultOptions

    func validate() throws {
        if let sort, CacheSort(sort) == nil {
            throw ValidationError("--sort must be accessed, modified, name or size, with :asc or :desc.")
        }
        if let limit, limit < 0 { throw ValidationError("--limit must not be negative.") }
    }

    private static func parse(_ text: String) throws -> CacheFilter {
        do {
            return try CacheFilter(text)
        } catch {
            throw CommandFailure.usage(error.message, hint: error.hint)
        }
    }

    func run() async throws {
        let inventory = try cache.scan()
        let filters = try filter.map(Self.parse)
        let now = Double(time(nil))
        var entries = inventory.entries(revisions: revisions)
            .filter { entry in filters.allSatisfy { $0.keeps(entry, now: now) } }
        if let sort, let order = CacheSort(sort) { entries = order.sorted(entries) }
        if let limit { entries = Array(entries.prefix(limit)) }

        let names = entries.map { TextWidth.printable($0.revision?.commit ?? $0.repo.cacheID) }
        try output.print(entries.map(CacheEntryReport.init), quiet: names) {
            entries.isEmpty ? [] : lines(entries, now: now) + ["", summary(entries, of: inventory)]
        }
        complain(about: inventory)
    }

    private func lines(_ entries: [CacheEntry], now: Double) -> [String] {
        var table =
            revisions
            ? TextTable([.init("ID"), .init("REVISION"), .init("SIZE", .right), .init("LAST_MODIFIED"), .init("REFS")])
            : TextTable([
                .init("ID"), .init("SIZE", .right), .init("LAST_ACCESSED"), .init("LAST_MODIFIED"), .init("REFS"),
            ])
        for entry in entries {
            let size = ByteText.size(entry.size)
            let modified = DurationText.ago(seconds: now - entry.lastModified)
            let refs = entry.refs.joined(separator: " ")
            if let revision = entry.revision {
                table.append(entry.repo.cacheID, revision.commit, size, modified, refs)
            } else {
                table.append(
                    entry.repo.cacheID, size, DurationText.ago(seconds: now - entry.lastAccessed), modified, refs)
            }
        }
        return entries.isEmpty ? [] : table.lines()
    }

    private func summary(_ entries: [CacheEntry], of inventory: CacheInventory) -> String {
        let repos = Set(entries.map(\.repo))
        let isPartial = !filter.isEmpty || limit != nil
        let count = revisions ? entries.count : repos.reduce(0) { $0 + $1.revisions.count }
        // What repositories share counts once in the total of all.
        let size = revisions || isPartial ? entries.reduce(0) { $0 + $1.size } : inventory.size
        return "\(Plural.count(repos.count, "repository", "repositories")), "
            + "\(Plural.count(count, "revision", "revisions")), \(ByteText.size(size))"
    }

    private func complain(about inventory: CacheInventory) {
        let stream = TerminalStream.error
        if showWarnings {
            for warning in inventory.warnings { stream.writeLine("warning: " + FailureReport.clause(warning)) }
        } else if !inventory.warnings.isEmpty {
            let count = Plural.count(inventory.warnings.count, "entry", "entries")
            stream.writeLine("warning: \(count) of the cache not in order; see them with --show-warnings")
        }
        guard !output.isForMachines else { return }
        let strays = [
            (inventory.incomplete, "incomplete download"), (inventory.unreferencedBlobs, "unused shared blob"),
        ]
        for (files, name) in strays where !files.isEmpty {
            let size = ByteText.size(files.reduce(0) { $0 + $1.size })
            stream.writeLine("hint: \(Plural.count(files.count, name)), \(size); remove with 'shoal cache prune'")
        }
    }
}

/// One element of `shoal cache ls --json`: the names that `hf` uses, with numbers.
struct CacheEntryReport: Encodable {
    private let entry: CacheEntry

    init(_ entry: CacheEntry) { self.entry = entry }

    enum CodingKeys: String, CodingKey {
        case id
        case repoID = "repo_id"
        case repoType = "repo_type"
        case revision
        case snapshotPath = "snapshot_path"
        case size, files
        case lastAccessed = "last_accessed"
        case lastModified = "last_modified"
        case refs
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(entry.repo.cacheID, forKey: .id)
        try container.encode(entry.repo.id, forKey: .repoID)
        try container.encode(entry.repo.type, forKey: .repoType)
        try container.encode(entry.size, forKey: .size)
        try container.encode(entry.revision?.files.count ?? entry.repo.fileCount, forKey: .files)
        try container.encode(entry.lastModified, forKey: .lastModified)
        try container.encode(entry.refs, forKey: .refs)
        if let revision = entry.revision {
            try container.encode(revision.commit, forKey: .revision)
            try container.encode(revision.path, forKey: .snapshotPath)
        } else {
            try container.encode(entry.lastAccessed, forKey: .lastAccessed)
        }
    }
}
