import ArgumentParser
import Commands
import Foundation
import HubServer
import Terminal

/// What every command on accounts takes: the folder that it works on.
struct AdministrationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of the hub's data.", valueName: "folder"))
    var data: String

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    /// Opens the folder for `body`; a running hub sees the changes at once.
    /// - Parameter makesHub: whether a hub is made where there is none; a mistyped folder is an error otherwise.
    func administer<Value>(makesHub: Bool = false, _ body: (HubAdministration) throws -> Value) throws -> Value {
        HubCommand.keepFilesPrivate()
        if makesHub {
            HubCommand.announceNewHub(in: data)
        } else if !HubCommand.hasHub(in: data) {
            throw CommandFailure(
                code: HubServerError.Code.dataDirectory.rawValue, message: "there is no hub in \(data)",
                hint: "check --data; 'shoal hub serve', 'token add' and 'user add' make a hub where there is none")
        }
        do {
            let administration = try HubAdministration(dataDirectory: data)
            let value = try body(administration)
            try administration.close()
            return value
        } catch let error as HubServerError {
            throw CommandFailure(error)
        }
    }

    /// Prints a result as one JSON document, or as lines of text.
    func show(_ value: some Encodable, text: () -> [String]) throws {
        guard json else {
            for line in text() { TerminalStream.output.writeLine(line) }
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        TerminalStream.output.writeLine(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Prints what became of a name.
    func showDone(_ name: String, _ text: String) throws { try show(["name": name]) { [text] } }
}

extension Date {
    /// The day, in UTC.
    var dayText: String { String(formatted(.iso8601).prefix(10)) }
}

/// `role` by name as `name:role` words, in order of the names.
func roleText(_ roles: [String: String]) -> String {
    roles.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: " ")
}
