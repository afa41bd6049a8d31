import ArgumentParser
import HubServer
internal import Terminal

/// Checks a hub's data.
struct HubFsckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck", abstract: "Check that a hub's data are whole.",
        discussion: """
            Follows everything from refs down to stored objects, and back. Works while the hub is running. Exits with 1 \
            when something is wrong.

            With --repair, damaged objects are moved to the folder 'quarantine' of the hub's data: pushing one of their \
            files again then restores them. Objects that nobody knows of are moved there too. Nothing is deleted.

            EXAMPLES:
              shoal hub fsck --data ./hub
              shoal hub fsck --data ./hub --deep --repair
            """)

    @OptionGroup var options: MaintenanceOptions

    @Flag(help: "Also read every stored byte and compare it with its hash.")
    var deep = false

    @Flag(help: "Mend what can be mended and put damaged objects aside.")
    var repair = false

    func run() async throws {
        var settings = FsckOptions()
        settings.isDeep = deep
        settings.repairs = repair
        let report = try await options.run { [settings] data in
            try await Fsck.check(dataDirectory: data, options: settings)
        }
        try options.print(report, human: Self.lines(report))
        if report.problemCount > 0 { throw ExitCode.failure }
    }

    private static func lines(_ report: FsckReport) -> [String] {
        var lines: [String] = []
        for problem in report.problems {
            let kind = problem.kind.rawValue.map { $0 == "_" ? " " : String($0) }.joined()
            lines.append(
                "\(kind): \(problem.subject): \(problem.detail)"
                    + (problem.repos.isEmpty || !problem.places.isEmpty
                        ? "" : " (in \(problem.repos.joined(separator: ", ")))")
                    + (problem.isRepaired ? "; repaired" : ""))
            lines += problem.places.map { "  \($0.repo) at \($0.revision): \($0.path)" }
        }
        if report.problemCount > report.problems.count {
            lines.append("and \(report.problemCount - report.problems.count) more problems")
        }
        lines.append(
            "checked \(report.repos) repositories, \(report.commits) commits, \(report.gitObjects) trees and blobs, "
                + "\(report.files) files, \(report.xorbs) xorbs, \(report.objects) objects"
                + (report.isDeep ? ", \(ByteText.size(report.bytesRead)) read" : ""))
        lines.append(report.problemCount == 0 ? "all is well" : "\(report.problemCount) problems")
        return lines
    }
}
