internal import ArgumentParser

/// Finds the name of a command that does not exist, which the argument parser would take for an unexpected value.
enum CommandNames {
    /// The failure to report when the arguments name an unknown command; nil when they name a known one or none.
    static func failure(in arguments: [String], root: any ParsableCommand.Type) -> CommandFailure? {
        var commands = root.configuration.subcommands
        var path = root.configuration.commandName ?? "shoal"
        for argument in arguments {
            guard !commands.isEmpty, !argument.hasPrefix("-"), argument != "help" else { return nil }
            guard let command = commands.first(where: { names(of: $0).contains(argument) }) else {
                let known = commands.filter { $0.configuration.shouldDisplay }.flatMap { names(of: $0) }
                let question = nearest(to: argument, in: known).map { "; did you mean '\($0)'?" } ?? ""
                return CommandFailure.usage("unknown command '\(argument)'\(question)", hint: "see '\(path) --help'")
            }
            path += " " + argument
            commands = command.configuration.subcommands
        }
        return nil
    }

    /// The name at most two typing errors away, if there is one that shares anything with the text.
    static func nearest(to text: String, in names: [String]) -> String? {
        let candidates = names.map { (name: $0, distance: distance(text, $0)) }
        return candidates.filter { $0.distance <= 2 && $0.distance < $0.name.utf8.count }
            .min { $0.distance < $1.distance }?.name
    }

    /// How many bytes must be put in, taken out or changed to make one text of the other.
    static func distance(_ first: String, _ second: String) -> Int {
        let target = Array(second.utf8)
        var row = Array(0...target.count)
        for (index, byte) in first.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in target.indices {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (byte == target[column] ? 0 : 1))
                diagonal = above
            }
        }
        return row[target.count]
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        let configuration = command.configuration
        return (configuration.commandName.map { [$0] } ?? []) + configuration.aliases
    }
}
