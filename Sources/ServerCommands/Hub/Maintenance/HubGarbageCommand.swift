import ArgumentParser
import Foundation
import HubServer
internal import Terminal

/// Removes what nothing leads to any more.
struct HubGarbageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove contents that no repository needs any more.",
        discussion: """
            Works while the hub is running, which does the same once a day by itself (see --gc-interval of \
            'shoal hub serve'). Commits that no branch or tag leads to go first, then what only they had. Contents that \
            files are built on again while this runs are kept, whatever the times given here: --grace only spares \
            clients that remember what the hub had from sending it again.

            EXAMPLES:
              shoal hub gc --data ./hub --dry-run
              shoal hub gc --data ./hub --grace 0 --json
            """)

    @OptionGroup var options: MaintenanceOptions

    @Flag(help: "Only say what would be removed; works on a copy of the database.")
    var dryRun = false

    @Option(help: ArgumentHelp("Keep what was uploaded or asked for within this time.", valueName: "age"))
    var grace = AgeArgument(GarbageOptions.defaultGrace)

    @Option(
        help: ArgumentHelp(
            "Keep commits that no branch or tag leads to for this long (default: as --grace).", valueName: "age"))
    var retention: AgeArgument?

    @Option(help: ArgumentHelp("Stop after about this many deletions.", valueName: "count"))
    var maxDeletes: Int?

    @Option(help: ArgumentHelp("Stop after this time; the next run goes on.", valueName: "age"))
    var budget: AgeArgument?

    func validate() throws {
        guard maxDeletes.map({ $0 > 0 }) ?? true else { throw ValidationError("--max-deletes must be positive") }
    }

    func run() async throws {
        var settings = GarbageOptions()
        settings.isDryRun = dryRun
        settings.grace = grace.duration
        settings.retention = retention?.duration
        settings.maximumDeletes = maxDeletes
        settings.budget = budget?.duration
        settings.measuresWaste = true
        let report = try await options.run { [settings] data in
            try await Garbage.collect(dataDirectory: data, options: settings)
        }
        try options.print(report, human: Self.lines(report))
    }

    private static func lines(_ report: GarbageReport) -> [String] {
        var table = TextTable([
            .init(report.isDryRun ? "WOULD REMOVE" : "REMOVED"), .init("COUNT", .right), .init("SIZE", .right),
            .init("OLDEST USE"),
        ])
        let rows: [(String, GarbageReport.Removed)] = [
            ("commits", report.commits), ("trees and blobs", report.gitObjects), ("claims", report.links),
            ("files", report.files), ("xorbs", report.dropped), ("broken uploads", report.uploads),
            ("objects on disk", report.objects),
        ]
        for (name, removed) in rows {
            table.append(
                name, "\(removed.count)", removed.bytes > 0 ? ByteText.size(removed.bytes) : "-", date(removed.oldest))
        }
        var lines = table.lines()
        let waiting = report.waiting
        if waiting.count > 0 {
            lines.append("condemned, to be removed later: \(waiting.count) xorbs, \(ByteText.size(waiting.bytes))")
        }
        if let waste = report.waste, waste.xorbs > 0 {
            lines.append(
                "in use only in part: \(waste.xorbs) xorbs with \(ByteText.size(waste.bytes)) that no file uses, of "
                    + "\(ByteText.size(waste.storedBytes)) in use")
        }
        for repo in report.skippedRepos {
            lines.append("left alone, something in it cannot be read: \(repo) (shoal hub fsck says what)")
        }
        if !report.isComplete { lines.append("stopped at its limit; run it again to go on") }
        return lines
    }

    private static func date(_ seconds: Int64?) -> String {
        seconds.map { Date(timeIntervalSince1970: Double($0)).formatted(.iso8601) } ?? "-"
    }
}
