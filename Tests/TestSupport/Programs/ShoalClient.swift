/// The built `shoal` program with a home folder, an endpoint and a token of its own.
public struct ShoalClient: Sendable {
    public let fixture: Fixture
    public var endpoint: String
    public var token: String?
    /// `HF_HOME`; share it with a ``PythonClient`` to share the cache.
    public var home: String
    /// Added to the environment.
    public var environment: [String: String] = [:]

    public init(fixture: Fixture, endpoint: String, token: String?, home: String = "shoal-home") {
        self.fixture = fixture
        self.endpoint = endpoint
        self.token = token
        self.home = home.hasPrefix("/") ? home : fixture.path(home)
    }

    /// The cache folder, `HF_HOME/hub`.
    public var cache: String { home + "/hub" }

    public func command(_ arguments: [String]) throws -> Command {
        var variables = baseEnvironment(home: home)
        variables["HF_HOME"] = home
        variables["HF_ENDPOINT"] = endpoint
        variables["HF_TOKEN"] = token
        variables.merge(environment) { $1 }
        return Command(
            try BuiltPrograms.shoal(), arguments, environment: variables, label: "shoal-\(arguments.first ?? "")")
    }

    public func start(_ arguments: String...) throws -> RunningProcess {
        try fixture.start(command(arguments))
    }

    /// Runs to the end, whatever the exit code.
    public func run(_ arguments: [String], timeout: Duration = .seconds(180)) async throws -> ProcessResult {
        try await fixture.run(command(arguments), timeout: timeout)
    }

    /// Runs to the end, whatever the exit code.
    public func run(_ arguments: String..., timeout: Duration = .seconds(180)) async throws -> ProcessResult {
        try await run(arguments, timeout: timeout)
    }

    /// Pulls and returns the path that was printed.
    public func pull(_ arguments: String..., timeout: Duration = .seconds(180)) async throws -> String {
        try await run(["pull"] + arguments, timeout: timeout).expecting(0).lastLine
    }

    /// Pushes; anything but success throws.
    @discardableResult
    public func push(_ arguments: String..., timeout: Duration = .seconds(180)) async throws -> ProcessResult {
        try await run(["push"] + arguments, timeout: timeout).expecting(0)
    }
}
