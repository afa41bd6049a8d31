import Foundation

/// The real `git`, with git-lfs set up, a home of its own and a credential for the hub that it is asked about.
public struct GitClient: Sendable {
    public let fixture: Fixture
    /// `HOME`.
    public let home: String
    /// Added to the environment.
    public var environment: [String: String] = [:]

    /// - Parameter token: what git answers when the hub asks for a password; nil leaves it without an answer.
    public init(fixture: Fixture, user: String = "alice", token: String?, home: String = "git-home") async throws {
        self.fixture = fixture
        self.home = try fixture.directory(home)
        var config = """
            [user]
            \tname = Alice
            \temail = alice@example.org
            [init]
            \tdefaultBranch = main
            [advice]
            \tdetachedHead = false

            """
        if let token {
            config += "[credential]\n\thelper = \"!f() { echo username=\(user); echo password=\(token); }; f\"\n"
        }
        try await writeText(config, to: self.home + "/.gitconfig")
        try await run("lfs", "install", "--skip-repo").expecting(0)
    }

    /// Runs git in a folder, whatever the exit code.
    @discardableResult
    public func run(
        _ arguments: String..., in folder: String? = nil, timeout: Duration = .seconds(120)
    ) async throws -> ProcessResult {
        var variables = baseEnvironment(home: home)
        variables["GIT_TERMINAL_PROMPT"] = "0"
        variables["GIT_CONFIG_NOSYSTEM"] = "1"
        variables.merge(environment) { $1 }
        let place = folder.map { ["-C", $0] } ?? []
        let command = Command(
            "/usr/bin/env", ["git"] + place + arguments, environment: variables,
            label: "git-\(arguments.first ?? "")")
        return try await fixture.run(command, timeout: timeout)
    }
}
