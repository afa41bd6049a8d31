internal import ArgumentParser

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The argument definitions of a command as the parser itself describes them (`--experimental-dump-help`).
struct HelpDocument: Decodable {
    struct Command: Decodable {
        var commandName: String
        var aliases: [String]?
        var shouldDisplay: Bool?
        var abstract: String?
        var discussion: String?
        var subcommands: [Command]?
        var arguments: [Argument]?
    }

    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }

        struct Name: Decodable {
            enum Kind: String, Decodable { case long, short, longWithSingleDash }

            var kind: Kind
            var name: String

            var text: String { (kind == .long ? "--" : "-") + name }
        }

        var kind: Kind
        var shouldDisplay: Bool
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var preferredName: Name?
        var valueName: String?
        var defaultValue: String?
        var allValues: [String]?
        var abstract: String?
        var discussion: String?
    }

    var command: Command

    init(of command: any ParsableCommand.Type) throws {
        self = try JSONDecoder().decode(HelpDocument.self, from: Data(command._dumpHelp().utf8))
    }

    /// The options of a command that take the word behind them as their value.
    static func optionsWithValues(of command: any ParsableCommand.Type) -> Set<String> {
        guard let document = try? HelpDocument(of: command) else { return PatternArguments.flags }
        let options = (document.command.arguments ?? []).filter { $0.kind == .option }
        return Set(options.flatMap { ($0.names ?? []).map(\.text) })
    }
}
