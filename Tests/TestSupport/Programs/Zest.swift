import Foundation

/// The real zest 0.4.2, which `scripts/setup test` installs where the package index offers it.
public enum Zest {
    public static let absent = "zest is not installed; scripts/setup test tries to"
    public static let noNamespace =
        "zest is not installed, or this machine grants no network namespace to put it into"

    /// The program; nil where there is none.
    public static let program: String? = {
        let environment = BuiltPrograms.packageRoot + "/.build/venv-zest/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: environment)) ?? []
        return versions.map { "\(environment)/\($0)/site-packages/zest/_bin/zest" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    public static var isInstalled: Bool { program != nil }

    /// Puts a command into user, network and mount namespaces of its own.
    public static let namespaces = ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child"]

    /// Whether zest can be given a world of its own.
    public static let canPull: Bool = {
        guard isInstalled else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = namespaces + ["/bin/sh", "-c", "mount --bind /etc/hosts /etc/hosts"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}

/// A real `zest serve`.
public struct RunningZest: Sendable {
    public let port: Int
    public let process: RunningProcess

    public var address: String { "127.0.0.1:\(port)" }

    /// Starts one over a cache folder of zest's, and waits until it listens. It ends with the fixture.
    public static func start(in fixture: Fixture, cache: String, port: Int? = nil) async throws -> RunningZest {
        let (port, httpPort) = (try port ?? freePort(), try freePort())
        let process = try fixture.start(
            try command(
                ["serve", "--listen-port", "\(port)", "--http-port", "\(httpPort)"], in: fixture, cache: cache))
        try await process.wait(until: "zest that listens") { _ in isOpen(port) }
        return RunningZest(port: port, process: process)
    }

    /// Has zest tell a tracker of what is in a cache, as if it listened at its usual port.
    public static func announce(_ cache: String, at tracker: String, in fixture: Fixture) async throws {
        let seed = try command(["seed", "--tracker", tracker], in: fixture, cache: cache)
        try await fixture.run(seed, timeout: .seconds(30)).expecting(0)
    }

    /// The port that zest tells trackers, whatever it is told.
    public static let announcedPort = 6881

    private static func command(_ arguments: [String], in fixture: Fixture, cache: String) throws -> Command {
        guard let program = Zest.program else { throw TestFailure(Zest.absent) }
        return Command(
            program, arguments, environment: ["HOME": fixture.scratch, "ZEST_CACHE_DIR": cache], label: "zest")
    }
}
