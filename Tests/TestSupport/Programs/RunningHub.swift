import Foundation
import Synchronization

/// A real `shoal hub serve` on a free loopback port, with its data inside the fixture.
public final class RunningHub: Sendable {
    /// The folder given to `--data`.
    public let data: String
    public let port: Int
    private let fixture: Fixture
    private let arguments: [String]
    private let process: Mutex<RunningProcess>

    private static let readyMark = "shoal hub listening on http://127.0.0.1:"

    private init(fixture: Fixture, data: String, arguments: [String], process: RunningProcess, port: Int) {
        self.fixture = fixture
        self.data = data
        self.arguments = arguments
        self.process = Mutex(process)
        self.port = port
    }

    /// Starts a hub and waits until it says that it listens.
    public static func start(in fixture: Fixture, name: String = "hub", arguments: [String] = []) async throws
        -> RunningHub
    {
        let data = try fixture.directory(name + "-data")
        let (process, port) = try await launch(fixture: fixture, data: data, port: 0, arguments: arguments)
        return RunningHub(fixture: fixture, data: data, arguments: arguments, process: process, port: port)
    }

    public var url: String { "http://127.0.0.1:\(port)" }
    /// What it has logged since its last start.
    public var log: String { process.withLock { $0.errors } }

    /// Makes a token for `user`, creating the user where there is none.
    public func token(user: String, role: String = "write") async throws -> String {
        let command = Command(
            try BuiltPrograms.shoal(), ["hub", "token", "add", "--data", data, "--user", user, "--role", role],
            environment: baseEnvironment(home: fixture.path("hub-home")), label: "shoal-token")
        let token = try await fixture.run(command).expecting(0).trimmed
        let tail = token.dropFirst(3)
        guard token.hasPrefix("hf_"), tail.count == 34, tail.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { throw TestFailure("`shoal hub token add` printed \"\(token)\", not hf_ and 34 letters and digits") }
        return token
    }

    /// Ends the hub without warning, as a power cut would.
    public func kill() async throws {
        let process = process.withLock { $0 }
        process.signal(SIGKILL)
        _ = try await process.wait()
    }

    /// Ends the hub politely; it must exit with code 0.
    public func stop() async throws {
        let process = process.withLock { $0 }
        process.signal(SIGTERM)
        try await process.wait(timeout: .seconds(30)).expecting(0)
    }

    /// Starts the hub again on the same data and port, after ``kill()`` or ``stop()``.
    public func restart() async throws {
        let (next, _) = try await Self.launch(fixture: fixture, data: data, port: port, arguments: arguments)
        process.withLock { $0 = next }
    }

    /// The stored xorb files, largest first.
    public func xorbFiles() throws -> [String] {
        try filesBelow(data + "/xorbs").map { (path: $0, size: try fileSize($0)) }
            .sorted { ($0.size, $0.path) > ($1.size, $1.path) }.map(\.path)
    }

    private static func launch(
        fixture: Fixture, data: String, port: Int, arguments: [String]
    ) async throws -> (RunningProcess, Int) {
        let command = Command(
            try BuiltPrograms.shoal(), ["hub", "serve", "--data", data, "--port", "\(port)"] + arguments,
            environment: baseEnvironment(home: fixture.path("hub-home")), label: "hub")
        let process = try fixture.start(command)
        try await process.wait(until: "line that says it listens") { Self.port(in: $0.output) != nil }
        guard let bound = Self.port(in: process.output) else { throw TestFailure("the hub named no port") }
        return (process, bound)
    }

    private static func port(in output: String) -> Int? {
        guard let mark = output.range(of: readyMark) else { return nil }
        let rest = output[mark.upperBound...]
        guard let end = rest.firstIndex(where: \.isNewline) else { return nil }
        return Int(rest[..<end])
    }
}

/// What every started program sees; nothing else of the tester's environment reaches it.
public func baseEnvironment(home: String) -> [String: String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    return ["PATH": path, "HOME": home, "LANG": "C.UTF-8", "NO_COLOR": "1"]
}
