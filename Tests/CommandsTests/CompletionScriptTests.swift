import ArgumentParser
import Testing

@testable import Commands

@Suite struct CompletionScriptTests {
    @Test("the sibling's functions take the place of the stand-in, and nothing else moves")
    func functions() {
        let own = "_shoal() {\n    x\n}\n\n_shoal_hub() {\n    stub\n}\n\n_shoal_env() {\n    e\n}\n"
        let sibling =
            "_shoal() {\n    y\n}\n\n_shoal_hub() {\n    serve\n}\n\n_shoal_hub_serve() {\n    --data\n}\n\n_shoal_help() {\n}\n"
        let merged = CompletionScript.merged(own, with: sibling, commands: ["hub", "demo"], shell: .bash)
        #expect(
            merged
                == "_shoal() {\n    x\n}\n\n_shoal_hub() {\n    serve\n}\n\n_shoal_hub_serve() {\n    --data\n}\n\n_shoal_env() {\n    e\n}\n"
        )
        #expect(CompletionScript.merged(own, with: "", commands: ["hub"], shell: .zsh) == own)
    }

    @Test("fish gets the sibling's cases and completions")
    func fish() {
        let own = """
                    case 'hub'
                        stub
                    case 'env'
                        e
            complete -n 'f "shoal hub" help'
            complete -n 'f "shoal env" help'
            """
        let sibling = """
                    case 'hub'
                        switch
                        case 'serve'
                        end
                    end
            complete -n 'f "shoal hub" -eq 1' -fa 'serve'
            complete -n 'f "shoal hub serve" data'
            """
        let merged = CompletionScript.merged(own, with: sibling, commands: ["hub"], shell: .fish)
        #expect(
            merged == """
                        case 'hub'
                            switch
                            case 'serve'
                            end
                        case 'env'
                            e
                complete -n 'f "shoal env" help'
                complete -n 'f "shoal hub" -eq 1' -fa 'serve'
                complete -n 'f "shoal hub serve" data'
                """)
    }

    @Test(
        "what contradicts itself, or is empty, is wrong usage",
        arguments: [
            ["ls", "datasets/a/b", "--repo-type", "model"], ["ls", "hf://a/b@dev", "--revision", "main"],
            ["pull", "a/b", "--local-dir", ""], ["pull", "a/b", "--quant", ""], ["push", "a/b", ""],
            ["cache", "prune", "--cache-dir", ""], ["dedup", ""], ["pull", "a/b", "--limit-rate", "0.5"],
            ["pull", "a/b", "--ca-file", ""], ["pull", "a/b", "--endpoint", "http://u:pass@127.0.0.1:9"],
            ["cat", "a/b:Q4_0", "x"], ["models", "list", "--limit", "-1"],
            ["models", "info", "a/b", "--expand", "foo"],
            ["repos", "create", "a/b", "--type", "space", "--sdk", "foo"],
        ])
    func usage(arguments: [String]) async {
        #expect(await CommandRunner.exitCode(ShoalCommand.self, arguments: arguments) == 2)
    }

    @Test("a range from the end needs no equals sign, and paths lose their dots")
    func rangeAndPath() throws {
        let parsed = try ShoalCommand.parseAsRoot(["cat", "a/b", "f", "--range", "-9"])
        let cat = try #require(parsed as? CatCommand)
        #expect(cat.range == "-9")
        #expect(Environment.absolute("./x") == Environment.workingDirectory + "/x")
        #expect(Environment.absolute(".") == Environment.workingDirectory)
    }
}
