import Foundation
import TestSupport
import Testing

/// A machine that publishes and fetches: folders of its own, no DHT, no agent that starts by itself.
struct PublishNode {
    let fixture: Fixture
    let name: String
    var shoal: ShoalClient

    /// - Parameters:
    ///   - endpoint: the hub that it asks; by default nobody is there.
    ///   - network: further settings of the section `network`, such as `upload_rate_limit: 50K`.
    init(
        _ fixture: Fixture, _ name: String, endpoint: String = "http://127.0.0.1:9", token: String? = nil,
        network: String...
    ) throws {
        self.fixture = fixture
        self.name = name
        shoal = RunningAgent.client(fixture, upstream: endpoint, token: token, home: name)
        shoal.environment["SHOAL_HOME"] = fixture.path(name + "-publish")
        try configure(network)
    }

    /// Writes the settings anew.
    mutating func configure(_ network: [String] = []) throws {
        let lines = ["dht_enabled: false", "disable_lsd: true", "disable_port_mapping: true"] + network
        let text = "network:\n" + lines.map { "  \($0)\n" }.joined() + "daemon:\n  auto_start: false\n"
        let path = fixture.path(name + ".yaml")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        shoal.environment["SHOAL_PUBLISH_CONFIG"] = path
    }

    var publishFolder: String { fixture.path(name + "-publish") }

    /// What `shoal share --json` prints.
    struct Shared: Decodable {
        var name: String
        var magnet: String
        var info_hash_v1: String?
        var info_hash_v2: String?
        var publisher: String?
        var folder: String
        var torrent: String

        /// All by which it can be asked for.
        var subjects: [String] { [magnet, torrent, info_hash_v1, info_hash_v2].compactMap(\.self) }
    }

    func share(_ arguments: String...) async throws -> Shared {
        let result = try await shoal.run(["share"] + arguments + ["--license", "mit", "--json"]).expecting(0)
        return try JSONDecoder().decode(Shared.self, from: Data(result.output.utf8))
    }

    /// What `shoal get --json` prints.
    struct Got: Decodable {
        struct File: Decodable, Equatable {
            var path: String
            var size: Int
            var outcome: String
        }

        struct Publisher: Decodable {
            var key: String
            var trust: String
        }

        struct Statistics: Decodable {
            var peer_bytes: Int
            var web_bytes: Int
            var hub_bytes: Int
            var swarm_bytes: Int
            var local_bytes: Int
            var resumed_bytes: Int
        }

        var name: String
        var version: String?
        var path: String
        var proof: String
        var publisher: Publisher?
        var files: [File]
        var complete: Bool
        var seeding: Bool
        var snapshot: String?
        var statistics: Statistics

        /// The model's own files.
        var names: [String] { files.map(\.path).filter { !PublishNode.papers.contains($0) } }
    }

    /// Gets something, and gives up after twenty seconds of silence.
    func get(_ arguments: String...) async throws -> Got {
        let words = ["get"] + arguments + ["--timeout", "20", "--json"]
        let result = try await shoal.run(words, timeout: .seconds(90)).expecting(0)
        return try JSONDecoder().decode(Got.self, from: Data(result.output.utf8))
    }

    /// Requires that something is refused, with a reason of this code.
    /// - Returns: what was said, on both channels.
    @discardableResult
    func refuses(
        _ code: String, _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        struct Document: Decodable {
            struct Body: Decodable {
                var code: String
            }

            var error: Body
        }
        let result = try await shoal.run(arguments + ["--json"], timeout: .seconds(60))
        try requireRefused(result, sourceLocation: sourceLocation)
        let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
        #expect(document.error.code == code, "\(result.output)", sourceLocation: sourceLocation)
        return result.output + result.errors
    }

    /// An agent of this machine, and the address at which its torrents are had.
    func startAgent() async throws -> (agent: RunningAgent, address: String) {
        let agent = try await RunningAgent.start(shoal)
        try await agent.process.wait(until: "line that names the torrents' port") { Self.port($0) != nil }
        let port = try #require(Self.port(agent.process))
        return (agent, "127.0.0.1:\(port)")
    }

    private static func port(_ process: RunningProcess) -> Substring? {
        process.output.firstMatch(of: /giving torrents on port (\d+)\n/)?.output.1
    }

    /// The manifest and its signature, which lie beside the files of a model that was fetched.
    static let papers: Set<String> = ["shoal-manifest.json", "shoal-manifest.sig"]

    /// Requires that a folder holds a model, every byte of it, and its papers.
    static func requireModel(
        _ source: String, at folder: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let ignored = papers.union([".gitattributes"])
        let found = try await differences(betweenFolder: source, and: folder, ignoring: ignored)
        try #require(found.isEmpty, "\(found.joined(separator: "; "))", sourceLocation: sourceLocation)
        for paper in papers { #expect(exists("\(folder)/\(paper)"), sourceLocation: sourceLocation) }
    }

    /// What can be seen in a folder: all but what lies in the hidden folder of downloads that are not done.
    static func visible(in folder: String) throws -> [String] {
        guard exists(folder) else { return [] }
        return try filesBelow(folder).map { String($0.dropFirst(folder.count + 1)) }
            .filter { !$0.hasPrefix(".shoal-get/") }.sorted()
    }
}

/// Models for these tests.
enum PublishSample {
    /// Sub-directories, an empty file, a name with a space.
    static func write(to folder: String, seed: UInt64, size: Int = 2_500_000) async throws {
        try await SampleContent.random.write(size, seed: seed, to: folder + "/model.safetensors")
        try await SampleContent.text.write(20_000, seed: seed + 1, to: folder + "/onnx/model.onnx")
        try await SampleContent.text.write(300, seed: seed + 2, to: folder + "/sub/deep/na me.txt")
        try await SampleContent.zeros.write(0, seed: 0, to: folder + "/sub/empty.txt")
        try await writeText("{}\n", to: folder + "/config.json")
    }
}

/// A server with the files of torrents that may be a bad one.
struct WebSeedServer {
    enum Conduct: String {
        case good
        /// Every second reply breaks off in the middle.
        case half
        /// All bytes are wrong.
        case lies
    }

    let process: RunningProcess
    let url: String
    let root: String

    /// - Parameter root: the folder to be served.
    static func start(in fixture: Fixture, root: String, _ conduct: Conduct = .good) async throws -> WebSeedServer {
        let command = Command(
            try BuiltPrograms.python(), [try BuiltPrograms.script("web_seed.py"), conduct.rawValue, root],
            environment: ["PATH": "/usr/bin:/bin"], label: "web-seed")
        let process = try fixture.start(command)
        try await process.wait(until: "line with the port") { $0.output.contains("\n") }
        let port = process.output.prefix { $0.isNumber }
        return WebSeedServer(process: process, url: "http://127.0.0.1:\(port)/", root: root)
    }

    /// The paths that were asked for so far, one for each request.
    var asked: [String] { process.output.split(separator: "\n").dropFirst().map(String.init) }
}
