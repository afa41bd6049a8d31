import ArgumentParser
import Terminal
import Testing

@testable import Commands

@Suite struct CommandTreeTests {
    /// Every command that does something, with the path that users type.
    private func leaves(
        _ command: any ParsableCommand.Type = ShoalCommand.self, _ path: String = ""
    ) -> [(path: String, command: any ParsableCommand.Type)] {
        let children = command.configuration.subcommands
        guard !children.isEmpty else { return [(path, command)] }
        return children.flatMap { child in
            leaves(child, path + (path.isEmpty ? "" : " ") + (child.configuration.commandName ?? ""))
        }
    }

    @Test("every command has a sentence and an example that begins as it is called") func examples() {
        for (path, command) in leaves() where !ServerSibling.commands.contains(path) {
            let configuration = command.configuration
            #expect(configuration.abstract.hasSuffix("."), "\(path)")
            let lines = configuration.discussion.split(separator: "\n").map { $0.drop { $0 == " " } }
            let name = path.split(separator: " ").last.map(String.init) ?? ""
            let names = [name] + configuration.aliases
            #expect(
                lines.contains { line in line.contains("shoal ") && names.contains { line.contains(" \($0)") } },
                "\(path) has no example")
        }
    }

    @Test("every option and argument is explained, and no explanation is a stub") func explanations() throws {
        func check(_ command: HelpDocument.Command, _ path: String) {
            for argument in command.arguments ?? [] where argument.shouldDisplay {
                let text = argument.abstract ?? ""
                #expect(text.hasSuffix("."), "\(path) \(argument.preferredName?.text ?? argument.valueName ?? "?")")
            }
            for child in command.subcommands ?? [] where child.commandName != "help" {
                check(child, path + " " + child.commandName)
            }
        }
        check(try HelpDocument(of: ShoalCommand.self).command, "shoal")
    }

    @Test("examples in the help can be parsed") func examplesParse() throws {
        for (path, command) in leaves() where !ServerSibling.commands.contains(path) {
            for line in command.configuration.discussion.split(separator: "\n") {
                let text = line.drop { $0 == " " }
                guard text.hasPrefix("shoal "), !text.contains("|"), !text.contains(">"), !text.contains("<"),
                    !text.contains("$(")
                else { continue }
                let arguments = Self.words(String(text)).dropFirst().map { $0 }
                do {
                    _ = try ShoalCommand.parseAsRoot(PatternArguments.separated(arguments, root: ShoalCommand.self))
                } catch {
                    Issue.record("\(path): \(text): \(ShoalCommand.message(for: error))")
                }
            }
        }
    }

    /// Splits as a shell does, as far as examples need it.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == " " {
                // Two spaces begin the remark behind an example.
                if word == nil, !words.isEmpty { return words }
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    @Test("the manual page has every command and every option") func manual() throws {
        let page = try ManPage.text(name: "shoal", root: ShoalCommand.self)
        let lines = Set(page.split(separator: "\n").map(String.init))
        func check(_ command: HelpDocument.Command, _ path: String) {
            let path = path + " " + command.commandName
            #expect(lines.contains(".SS " + path.replacing("-", with: "\\-")), "\(path)")
            for name in (command.arguments ?? []).filter(\.shouldDisplay).flatMap({ $0.names ?? [] })
            where !["help", "version", "h"].contains(name.name) {
                #expect(page.contains(#"\fB\#(name.text.replacing("-", with: "\\-"))\fR"#), "\(path) \(name.text)")
            }
            for child in command.subcommands ?? [] where child.commandName != "help" { check(child, path) }
        }
        for child in try HelpDocument(of: ShoalCommand.self).command.subcommands ?? []
        where child.commandName != "help" {
            check(child, "shoal")
        }
        // A line that begins with a dot must be one of the few requests that are used.
        let requests: Set<Substring> = [".TH", ".SH", ".SS", ".B", ".TP", ".PP", ".nf", ".fi"]
        for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(requests.contains(line.prefix { $0 != " " }), "\(line)")
        }
    }

    @Test("completion scripts know every command", arguments: ["bash", "zsh", "fish"]) func completion(shell: String)
        throws
    {
        let kind = try #require(CompletionCommand.Shell(argument: shell))
        let script = ShoalCommand.completionScript(for: kind.parserShell)
        for command in ShoalCommand.configuration.subcommands {
            #expect(script.contains(command.configuration.commandName ?? "?"))
        }
        #expect(script.contains("custom-completion") || script.contains("---completion"))
    }
}

@Suite struct ReportTests {
    @Test("a token shows its ends only, a short one nothing") func masking() {
        #expect(TokenListCommand.masked("hf_abcdefghijklmnop") == "hf_****mnop")
        #expect(TokenListCommand.masked("hf_short") == "****")
        let entries = TokenListCommand.entries(
            [(name: "a", token: "hf_1234567890"), (name: "b", token: "x")], inUse: "x")
        #expect(entries.map(\.active) == [false, true])
    }

    @Test("a card has its metadata between two fences") func card() {
        let card = ModelCard("---\nlicense: mit\ntags: [a]\n---\n# Title\n---\nText\n")
        #expect(card.metadata == "license: mit\ntags: [a]\n")
        #expect(card.text == "# Title\n---\nText\n")
        let bare = ModelCard("# Title\n---\nx\n")
        #expect(bare.metadata.isEmpty && bare.text == bare.whole)
        #expect(ModelCard("---\nnever closed").text == "---\nnever closed")
    }

    @Test("the environment report keeps secrets to itself") func environment() {
        let shown = EnvironmentCommand.harmless([
            "HF_TOKEN": "hf_secret", "HF_HOME": "/x", "SHOAL_KEY": "k", "HF_TOKEN_PATH": "/t", "HOME": "/h",
            "HF_ENDPOINT": "http://user:pw@host", "HF_OIDC_ID_TOKEN": "s", "NO_COLOR": "1",
            "HUGGING_FACE_HUB_TOKEN": "s",
        ])
        #expect(shown == ["HF_HOME": "/x", "HF_TOKEN_PATH": "/t", "NO_COLOR": "1"])
    }
}
