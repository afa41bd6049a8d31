import Foundation

/// Which `huggingface_hub` a test drives.
public enum PythonLine: String, CaseIterable, Sendable {
    /// 2.4.0 with hf_xet 1.8.0.
    case current
    /// 0.36.2 with hf_xet 1.2.0: another HTTP library, the server decides how files go up, no shared blobs.
    case old

    /// The environment's folder under `.build`.
    var folder: String { self == .current ? "venv" : "venv-old" }
}

/// The unmodified Python client of the Hub, in an environment that `scripts/setup test` made.
public struct PythonClient: Sendable {
    public let fixture: Fixture
    public var endpoint: String
    public var token: String?
    /// `HF_HOME`.
    public var home: String
    /// Which version of the client; caches of both can be shared.
    public var line = PythonLine.current
    /// Whether the client may use Xet; without it files go up by LFS and come down as plain bytes.
    public var usesXet = true
    /// Added to the environment.
    public var environment: [String: String] = [:]

    public init(fixture: Fixture, endpoint: String, token: String?, home: String = "python-home") {
        self.fixture = fixture
        self.endpoint = endpoint
        self.token = token
        self.home = home.hasPrefix("/") ? home : fixture.path(home)
    }

    /// The cache folder, `HF_HOME/hub`.
    public var cache: String { home + "/hub" }

    /// Calls a method of `HfApi` with keyword arguments and returns its result as text (paths, URLs) or JSON.
    @discardableResult
    public func call(
        _ method: String, _ arguments: [String: any Sendable], timeout: Duration = .seconds(300)
    ) async throws -> String {
        let json = String(decoding: try JSONSerialization.data(withJSONObject: arguments), as: UTF8.self)
        return try await script("call.py", [method, json], timeout: timeout).expecting(0).trimmed
    }

    /// Runs a script of `Tests/IntegrationTests/python`, whatever its exit code.
    public func script(
        _ name: String, _ arguments: [String], timeout: Duration = .seconds(300)
    ) async throws -> ProcessResult {
        try await run([BuiltPrograms.script(name)] + arguments, label: "python-\(name)", timeout: timeout)
    }

    /// Runs the `hf` command, whatever its exit code.
    public func hf(_ arguments: [String], timeout: Duration = .seconds(300)) async throws -> ProcessResult {
        try await run([BuiltPrograms.hf(line)] + arguments, label: "hf-\(arguments.first ?? "")", timeout: timeout)
    }

    /// Runs the `hf` command, whatever its exit code.
    public func hf(_ arguments: String..., timeout: Duration = .seconds(300)) async throws -> ProcessResult {
        try await hf(arguments, timeout: timeout)
    }

    private func run(_ arguments: [String], label: String, timeout: Duration) async throws -> ProcessResult {
        var variables = baseEnvironment(home: home)
        variables["HF_HOME"] = home
        variables["HF_ENDPOINT"] = endpoint
        variables["HF_TOKEN"] = token
        variables["HF_HUB_DISABLE_TELEMETRY"] = "1"
        variables["HF_HUB_DISABLE_UPDATE_CHECK"] = "1"
        variables["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
        if !usesXet { variables["HF_HUB_DISABLE_XET"] = "1" }
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        variables.merge(environment) { $1 }
        let command = Command(try BuiltPrograms.python(line), arguments, environment: variables, label: label)
        return try await fixture.run(command, timeout: timeout)
    }
}
