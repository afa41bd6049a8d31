import ArgumentParser
import HubClient
import HubWire
import Terminal
import Testing

@testable import Commands

@Suite struct ArgumentTests {
    private func parse<Command>(_ arguments: [String], as type: Command.Type = Command.self) throws -> Command {
        let parsed = try ShoalCommand.parseAsRoot(PatternArguments.separated(arguments, root: ShoalCommand.self))
        return try #require(parsed as? Command)
    }

    @Test("patterns may follow one flag together and the flag may repeat")
    func patterns() throws {
        let pull: PullCommand = try parse([
            "pull", "org/model", "--include", "*.safetensors", "*.json", "--exclude", "onnx/*", "--include", "*.md",
        ])
        #expect(pull.repository.repo == "org/model")
        #expect(pull.files.isEmpty)
        #expect(pull.filter.include == ["*.safetensors", "*.json", "*.md"])
        #expect(pull.filter.exclude == ["onnx/*"])
    }

    @Test("what hf users type works", arguments: ["pull", "download"])
    func pullAliases(verb: String) throws {
        let pull: PullCommand = try parse([
            verb, "org/data", "a.csv", "b/", "--repo-type", "dataset", "--revision", "refs/pr/1", "--local-dir", "out",
            "--max-workers", "4", "--token", "hf_x", "--quiet",
        ])
        #expect(pull.files == ["a.csv", "b/"])
        #expect(pull.repository.repoType == .dataset)
        #expect(pull.repository.revision == "refs/pr/1")
        #expect(pull.place.localDir == "out")
        #expect(pull.place.maxWorkers == 4)
        #expect(pull.hub.token == "hf_x")
        #expect(pull.result.quiet)
    }

    @Test("push and upload take a path and a place", arguments: ["push", "upload"])
    func pushAliases(verb: String) throws {
        let push: PushCommand = try parse([
            verb, "org/model", "./out", "weights", "--private", "--type", "space", "--commit-message", "Step 1",
        ])
        #expect(push.local == "./out")
        #expect(push.pathInRepo == "weights")
        #expect(push.private == true)
        #expect(push.repository.repoType == .space)
        #expect(push.commitMessage == "Step 1")
    }

    @Test("ls takes -R and --recursive", arguments: ["-R", "--recursive"])
    func recursive(flag: String) throws {
        let list: ListCommand = try parse(["ls", "org/model", "sub", flag])
        #expect(list.path == "sub")
        #expect(list.recursive)
    }

    @Test("hash takes files, standard input included")
    func hash() throws {
        let hash: HashCommand = try parse(["hash", "a", "-", "--sha256", "--json"])
        #expect(hash.files == ["a", "-"])
        #expect(hash.sha256)
        #expect(hash.output.json)
    }

    @Test(
        "wrong usage exits with 2",
        arguments: [
            ["pull"], ["nonsense"], ["pull", "org/model", "--max-workers", "0"], ["push", "org/nothing-of-this-name"],
            ["hash"],
            ["pull", "org/model", "--local-dir", "a", "--cache-dir", "b"], ["ls", "a/b", "--repo-type", "planet"],
        ])
    func usage(arguments: [String]) async {
        #expect(await CommandRunner.exitCode(ShoalCommand.self, arguments: arguments) == 2)
    }

    @Test("an endpoint that is no address is wrong usage")
    func endpoint() throws {
        let pull: PullCommand = try parse(["pull", "org/model", "--endpoint", "127.0.0.1:80"])
        let failure = #expect(throws: CommandFailure.self) { try pull.hub.settings() }
        #expect(failure?.exitCode == 2)
        let other: PullCommand = try parse(["pull", "org/model", "--endpoint", "http://127.0.0.1:80//"])
        #expect(try other.hub.settings().endpoint == "http://127.0.0.1:80")
    }

    @Test("an endpoint of the environment that is no address is wrong usage too")
    func environmentEndpoint() throws {
        let pull: PullCommand = try parse(["pull", "org/model"])
        let failure = #expect(throws: CommandFailure.self) {
            try pull.hub.settings(environment: ["HF_ENDPOINT": "foo"])
        }
        #expect(failure?.exitCode == 2)
        #expect(failure?.message == "HF_ENDPOINT is not an http or https address: foo")
    }

    @Test("the advice on a wrong token depends on where it came from")
    func tokenSource() throws {
        let bare: PullCommand = try parse(["pull", "org/model"])
        #expect(bare.hub.tokenSource(environment: [:]) == .savedLogin)
        #expect(bare.hub.tokenSource(environment: ["HF_TOKEN": " \n"]) == .savedLogin)
        #expect(bare.hub.tokenSource(environment: ["HF_TOKEN": "hf_x"]) == .environment("HF_TOKEN"))
        let older = ["HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": "hf_x"]
        #expect(bare.hub.tokenSource(environment: older) == .environment("HUGGING_FACE_HUB_TOKEN"))
        let named: PullCommand = try parse(["pull", "org/model", "--token", "hf_y"])
        #expect(named.hub.tokenSource(environment: older) == .option)
    }

    @Test(
        "an unknown command is named, with the nearest known one",
        arguments: [
            (["pul", "x"], "unknown command 'pul'; did you mean 'pull'?"),
            (["dowload", "x"], "unknown command 'dowload'; did you mean 'download'?"),
            (["nonsense"], "unknown command 'nonsense'"), (["xx"], "unknown command 'xx'"),
            (["pull", "pul"], nil), (["hub", "anything"], nil), (["help", "pull"], nil), (["--help"], nil), ([], nil),
        ] as [([String], String?)])
    func unknownCommand(arguments: [String], message: String?) {
        let failure = CommandNames.failure(in: arguments, root: ShoalCommand.self)
        #expect(failure?.message == message)
        #expect(failure == nil || failure?.exitCode == 2)
    }

    @Test("an address and options may say the same twice, but not two things")
    func reference() throws {
        let pull: PullCommand = try parse(["pull", "hf://datasets/org/data@v2", "--revision", "v2"])
        let reference = try pull.repository.reference()
        #expect(reference.type == .dataset)
        #expect(reference.revision == "v2")
        #expect(reference.id.description == "org/data")
        for words in [["hf://datasets/org/data@v1", "--revision", "v2"], ["datasets/org/data", "--type", "model"]] {
            let torn: PullCommand = try parse(["pull"] + words)
            #expect(throws: CommandFailure.self) { _ = try torn.repository.reference() }
        }
    }

    @Test("progress keeps quiet for machines unless it is asked for")
    func progressMode() throws {
        func mode(_ arguments: String..., environment: [String: String] = [:]) throws -> ProgressMode {
            let pull: PullCommand = try parse(["pull", "a/b"] + arguments)
            return pull.progress.mode(for: pull.result, environment: environment)
        }
        #expect(try mode("--json") == .none)
        #expect(try mode("--format", "agent") == .none)
        #expect(try mode("--json", "--progress", "plain") == .plain(interval: .seconds(1)))
        #expect(try mode("--progress", "bar") == .bar)
        #expect(try mode("--quiet", "--progress", "json") == .json)
        #expect(try mode(environment: ["HF_HUB_DISABLE_PROGRESS_BARS": "1"]) == .none)
        #expect(try mode("--progress", "bar", environment: ["HF_HUB_DISABLE_PROGRESS_BARS": "1"]) == .bar)
        #expect(try mode("--json", environment: ["HF_HUB_DISABLE_PROGRESS_BARS": "0"]) != .none)
    }

    @Test("one format at a time, and each flag has its --format twin")
    func formats() throws {
        let json: PullCommand = try parse(["pull", "a/b", "--format", "json"])
        #expect(json.result.json && json.result.isForMachines)
        let quiet: PullCommand = try parse(["pull", "a/b", "-q"])
        #expect(quiet.result.quiet && !quiet.result.json)
        #expect(throws: (any Error).self) { try parse(["pull", "a/b", "--json", "-q"], as: PullCommand.self) }
        #expect(FailureReport.isJSONWanted(["pull", "--format", "json"]))
        #expect(FailureReport.isJSONWanted(["pull", "--format=json"]))
        #expect(!FailureReport.isJSONWanted(["pull", "--", "--json"]))
    }

    @Test("key=value lines for an object, a table with tabs for a list")
    func agentText() throws {
        #expect(try AgentText.lines(["b": "x\ny", "a": "1"]) == ["a=1", "b=x y"])
        #expect(try AgentText.lines([["a": 1], ["a": 2, "b": 3]]) == ["a\tb", "1\t", "2\t3"])
        #expect(try AgentText.lines(["x", "y"]) == ["x", "y"])
    }
}
