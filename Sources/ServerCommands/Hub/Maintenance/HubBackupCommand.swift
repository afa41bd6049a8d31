import ArgumentParser
import Commands
import Foundation
import HubServer
internal import Terminal

/// Copies a live hub.
struct HubBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a hub's data to another folder, also while it runs.",
        discussion: """
            The copy is the hub as it was at one instant. Run it again with the same folder and only what is new is \
            added. To restore, start a hub on the copy: 'shoal hub serve --data DEST'; a copy of the copy keeps the \
            backup itself.

            On one file system the copy shares the stored objects' bytes with the hub (by clone or hard link). That \
            protects against deletions, not against a failing disk: use another disk, or --full-copy.

            EXAMPLES:
              shoal hub backup --data ./hub /mnt/backup/hub
            """)

    @OptionGroup var options: MaintenanceOptions

    @Argument(help: ArgumentHelp("Folder of the copy: a new one, or that of an earlier backup.", valueName: "dest"))
    var destination: String

    @Flag(help: "Copy every byte, also where the file system could share them.")
    var fullCopy = false

    func run() async throws {
        guard !Self.isInside(destination, options.data) else {
            throw CommandFailure.usage(
                "\(destination) lies inside the hub's own data", hint: "choose a folder outside of \(options.data)")
        }
        let report = try await options.run { [destination, fullCopy] data in
            try await Backup.make(of: data, at: destination, copiesEverything: fullCopy)
        }
        try options.print(report, human: Self.lines(report))
        if !report.missing.isEmpty { throw ExitCode.failure }
    }

    /// Whether a path, of which only the first part need exist, is a folder or lies below it, links followed.
    static func isInside(_ path: String, _ folder: String) -> Bool {
        var url = URL(fileURLWithPath: path).standardizedFileURL
        var missing: [String] = []
        while url.path != "/", !FileManager.default.fileExists(atPath: url.path) {
            missing.insert(url.lastPathComponent, at: 0)
            url.deleteLastPathComponent()
        }
        let parts = url.resolvingSymlinksInPath().pathComponents + missing
        return parts.starts(with: URL(fileURLWithPath: folder).resolvingSymlinksInPath().pathComponents)
    }

    private static func lines(_ report: BackupReport) -> [String] {
        var lines = [
            "\(report.objects) objects with \(ByteText.size(report.bytes)); new: \(ByteText.size(report.addedBytes)) in "
                + "\(report.cloned) clones, \(report.linked) links and \(report.copied) copies; "
                + "\(report.removed) of earlier backups removed"
        ]
        for xorb in report.missing.prefix(20) { lines.append("the hub itself lacks xorb \(xorb)") }
        if !report.missing.isEmpty { lines.append("\(report.missing.count) xorbs are missing: run 'shoal hub fsck'") }
        return lines
    }
}
