internal import ArgumentParser
internal import HubClient

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
        let candidates = names.map { (name: $0, distance: EditDistance.between(text, $0)) }
        return candidates.filter { $0.distance <= 2 && $0.distance < $0.name.utf8.count }
            .min { $0.distance < $1.distance }?.name
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        let configuration = command.configuration
        return (configuration.commandName.map { [$0] } ?? []) + configuration.aliases
    }
}
