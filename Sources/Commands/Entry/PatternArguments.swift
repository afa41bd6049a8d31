package import ArgumentParser
internal import HubClient

/// A command whose `--include`, `--exclude` and `--delete` take several patterns each.
package protocol PatternTaking: ParsableCommand {
    /// How many arguments must stand before a pattern flag for words without wildcards behind it to be patterns too.
    static var argumentsBeforePlainPatterns: Int { get }
}

/// Decides which words behind `--include`, `--exclude` and `--delete` are patterns, and which are arguments.
///
/// `hf` takes one word per flag, so in `--include "*.a" "*.b"` the second becomes the name of a file; parsers that take
/// all words swallow the repository in `--include "*.a" org/model`. Here: the first word is a pattern, and so are
/// further words with `*`, `?` or `[`. Words without them are patterns where the arguments before the flag are
/// complete, so that they can be nothing else; a word that is plainly a local path never is one.
enum PatternArguments {
    static let flags: Set<String> = ["--include", "--exclude", "--delete"]

    /// Repeats the flag before each further pattern.
    /// - Parameter arguments: the command line, which may begin with the command's name.
    static func separated(_ arguments: [String], root: any ParsableCommand.Type) -> [String] {
        guard arguments.contains(where: flags.contains), let name = arguments.first,
            let command = root.configuration.subcommands.first(where: { $0.answers(to: name) })
                as? any PatternTaking.Type
        else { return arguments }
        let valued = HelpDocument.optionsWithValues(of: command)
        var result = [name]
        var positionals = 0
        var index = 1
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            result.append(word)
            if word == "--" { return result + arguments[index...] }
            guard word.hasPrefix("-"), word != "-" else {
                positionals += 1
                continue
            }
            guard valued.contains(word), index < arguments.count else { continue }
            result.append(arguments[index])
            index += 1
            guard flags.contains(word) else { continue }
            let takesPlainWords = positionals >= command.argumentsBeforePlainPatterns
            while index < arguments.count, isPattern(arguments[index], takesPlainWords: takesPlainWords) {
                result += [word, arguments[index]]
                index += 1
            }
        }
        return result
    }

    private static func isPattern(_ word: String, takesPlainWords: Bool) -> Bool {
        guard !word.hasPrefix("-"), !LocalWord.isPath(word) else { return false }
        return Glob.isPattern(word) || takesPlainWords
    }
}

/// Words that can only mean a place on this machine: no path in a repository begins like that.
enum LocalWord {
    static func isPath(_ word: String) -> Bool {
        word == "." || word == ".." || word == "~" || ["./", "../", "/", "~/"].contains { word.hasPrefix($0) }
    }
}

extension ParsableCommand {
    static func answers(to name: String) -> Bool {
        configuration.commandName == name || configuration.aliases.contains(name)
    }
}
