import Foundation
import TestSupport
import Testing

/// A `shoal serve` in the foreground with a home, a cache and a folder of its own.
struct RunningAgent {
    let fixture: Fixture
    let process: RunningProcess
    let port: Int
    /// Where it keeps what is its own.
    let folder: String

    var url: String { "http://127.0.0.1:\(port)" }
    var token: String {
        get throws {
            let text = try String(contentsOfFile: folder + "/token", encoding: .utf8)
            return text.split(separator: "\n").first.map(String.init) ?? ""
        }
    }

    private static let mark = "shoal agent answering at http://127.0.0.1:"

    /// The client whose environment an agent has that stands in front of `upstream`.
    static func client(
        _ fixture: Fixture, upstream: String, token: String? = nil, home: String = "agent-home"
    ) -> ShoalClient {
        var shoal = ShoalClient(fixture: fixture, endpoint: upstream, token: token, home: home)
        shoal.environment["SHOAL_AGENT_DIR"] = fixture.path(home + "-agent")
        return shoal
    }

    /// Starts one and waits until it answers.
    static func start(_ shoal: ShoalClient, _ arguments: [String] = []) async throws -> RunningAgent {
        let process = try shoal.fixture.start(
            shoal.command(["serve", "--http-port", "0", "--listen", "127.0.0.1:0", "--no-lan"] + arguments))
        try await process.wait(until: "line that says it answers") { _ in Self.port(in: process.output) != nil }
        let port = try #require(Self.port(in: process.output))
        let folder = try #require(shoal.environment["SHOAL_AGENT_DIR"])
        return RunningAgent(fixture: shoal.fixture, process: process, port: port, folder: folder)
    }

    private static func port(in output: String) -> Int? {
        guard let range = output.range(of: mark) else { return nil }
        let rest = output[range.upperBound...]
        return rest.contains(where: \.isNewline) ? Int(rest.prefix { $0.isNumber }) : nil
    }

    /// The port at which peers come in.
    var peerPort: Int? {
        process.output.firstMatch(of: /listening for peers on 127\.0\.0\.1:(\d+)/).flatMap { Int($0.output.1) }
    }

    func stop() async throws {
        process.signal(SIGTERM)
        try await process.wait(timeout: .seconds(30)).expecting(0)
    }

    /// A reply, whatever its status.
    struct Reply {
        var status: Int
        /// By lower-case names.
        var headers: [String: String]
        var body: [UInt8]
        /// Whether the body ended where the head said.
        var isWhole: Bool
        var text: String { String(decoding: body, as: UTF8.self) }

        func member(_ name: String) throws -> Any? {
            (try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])?[name]
        }
    }

    /// Asks by curl, which follows nothing and adds nothing.
    func ask(
        _ path: String, method: String = "GET", headers: [String: String] = [:], body: String? = nil,
        authorized: Bool = false
    ) async throws -> Reply {
        let name = "reply-\(UInt32.random(in: 0 ... .max))"
        let (file, head) = (fixture.path(name), fixture.path(name + ".head"))
        var arguments = ["-sS", "-o", file, "-D", head, "-w", "%{http_code}", "--max-time", "60"]
        if method == "HEAD" { arguments.append("-I") } else { arguments += ["-X", method] }
        for (name, value) in headers { arguments += ["-H", "\(name): \(value)"] }
        if authorized { arguments += ["-H", "Authorization: Bearer \(try token)"] }
        if let body { arguments += ["--data-binary", body] }
        let result = try await fixture.run(
            Command("/usr/bin/curl", arguments + [url + path], label: "curl"), timeout: .seconds(90))
        let lines = (try? String(contentsOfFile: head, encoding: .utf8))?.split(whereSeparator: \.isNewline) ?? []
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Reply(
            status: Int(result.output.suffix(3)) ?? 0, headers: fields,
            body: method == "HEAD" ? [] : (try? readBytes(file)) ?? [], isWhole: result.code == 0)
    }
}
