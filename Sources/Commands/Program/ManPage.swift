internal import ArgumentParser

/// The manual page of a program, made from the definitions of its arguments.
enum ManPage {
    /// - Parameters:
    ///   - name: the page's name, such as `shoal`.
    ///   - root: the program's root command.
    /// - Returns: the page for `man`, with a section for every command.
    static func text(name: String, root: any ParsableCommand.Type) throws -> String {
        let command = try HelpDocument(of: root).command
        var lines = [
            #".TH \#(name.uppercased()) 1 "" "shoal \#(ShoalVersion.current)" "User Commands""#,
            ".SH NAME", "\(escaped(name)) \\- \(escaped(command.abstract ?? ""))",
            ".SH SYNOPSIS", #".B \#(escaped(command.commandName))"#,
            #"\fICOMMAND\fR [\fIARGUMENTS\fR] [\fIOPTIONS\fR]"#,
            ".SH DESCRIPTION",
        ]
        lines += prose(command.discussion ?? "")
        lines.append(".SH COMMANDS")
        for child in shown(command) { lines += section(child, path: command.commandName) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func shown(_ command: HelpDocument.Command) -> [HelpDocument.Command] {
        (command.subcommands ?? []).filter { $0.commandName != "help" && $0.shouldDisplay != false }
    }

    private static func section(_ command: HelpDocument.Command, path: String) -> [String] {
        let path = path + " " + command.commandName
        let children = shown(command)
        let arguments = (command.arguments ?? []).filter { $0.shouldDisplay && !isHelp($0) }
        var lines = [".SS \(escaped(path))"]
        var abstract = command.abstract ?? ""
        if let aliases = command.aliases, !aliases.isEmpty {
            abstract += " Also \(aliases.map { "'\($0)'" }.joined(separator: ", "))."
        }
        if children.isEmpty {
            lines += [".B \(escaped(path))"] + arguments.filter { $0.kind == .positional }.map(place) + [".PP"]
        }
        lines.append(literal(escaped(abstract)))
        for argument in arguments {
            lines += [".TP", heading(argument), literal(escaped(explanation(argument)))]
        }
        if let discussion = command.discussion, !discussion.isEmpty { lines += [".PP"] + prose(discussion) }
        return lines + children.flatMap { section($0, path: path) }
    }

    private static func isHelp(_ argument: HelpDocument.Argument) -> Bool {
        (argument.names ?? []).contains { ["help", "version"].contains($0.name) }
    }

    private static func value(_ argument: HelpDocument.Argument) -> String {
        #"\fI\#(escaped(argument.valueName ?? "value"))\fR"#
    }

    /// A positional argument in the synopsis.
    private static func place(_ argument: HelpDocument.Argument) -> String {
        let name = value(argument) + (argument.isRepeating ? " ..." : "")
        return argument.isOptional ? "[\(name)]" : name
    }

    private static func heading(_ argument: HelpDocument.Argument) -> String {
        guard argument.kind != .positional else { return value(argument) }
        let names = (argument.names ?? []).map { #"\fB\#(escaped($0.text))\fR"# }.joined(separator: ", ")
        return argument.kind == .option ? "\(names) \(value(argument))" : names
    }

    private static func explanation(_ argument: HelpDocument.Argument) -> String {
        var text = [argument.abstract, argument.discussion].compactMap(\.self).joined(separator: " ")
        if let values = argument.allValues, argument.kind != .flag, !values.allSatisfy(text.contains) {
            text += " One of \(values.joined(separator: ", "))."
        }
        if let standard = argument.defaultValue, argument.kind == .option { text += " (default: \(standard))" }
        return text.isEmpty ? " " : text
    }

    /// Paragraphs, and indented lines as they are.
    private static func prose(_ text: String) -> [String] {
        var lines: [String] = []
        var isVerbatim = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let wantsVerbatim = line.hasPrefix("  ")
            if wantsVerbatim != isVerbatim {
                lines.append(wantsVerbatim ? ".nf" : ".fi")
                isVerbatim = wantsVerbatim
            }
            lines.append(line.isEmpty ? ".PP" : literal(escaped(String(line))))
        }
        return isVerbatim ? lines + [".fi"] : lines
    }

    /// A line whose first character would make it a request stays text.
    private static func literal(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case "'": out += "\\(aq"
            case "\"": out += "\\(dq"
            case "`": out += "\\(ga"
            case "^": out += "\\(ha"
            case "~": out += "\\(ti"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
