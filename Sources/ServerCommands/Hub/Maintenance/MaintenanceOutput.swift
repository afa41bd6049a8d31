import ArgumentParser
import Commands
import Foundation
import HubServer
internal import Terminal

/// What the commands on a hub's data folder have in common.
struct MaintenanceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of the hub's data.", valueName: "folder"))
    var data: String

    @Flag(name: .customLong("json"), help: "Print one JSON document on standard output.")
    var isJSON = false

    /// Prints a report: the document with `--json`, else the lines for people.
    func print(_ report: some Encodable, human: [String]) throws {
        if isJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            TerminalStream.output.writeLine(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            for line in human { TerminalStream.output.writeLine(line) }
        }
    }

    /// Runs work on the folder; what goes wrong becomes a failure that the user can read.
    func run<R: Sendable>(_ body: @Sendable (_ data: String) async throws -> R) async throws -> R {
        HubCommand.keepFilesPrivate()
        do {
            return try await body(data)
        } catch let error as HubServerError {
            throw CommandFailure(error)
        }
    }
}

extension ByteText {
    static func size(_ bytes: Int64) -> String { size(UInt64(clamping: bytes)) }
}
