import Foundation

/// A real `shoal tracker` on a free loopback port.
public struct RunningTracker: Sendable {
    public let port: Int
    public let process: RunningProcess

    private static let readyMark = "shoal tracker listening on http://127.0.0.1:"

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Starts a tracker and waits until it says that it listens. It ends with the fixture.
    public static func start(
        in fixture: Fixture, port: Int = 0, arguments: [String] = []
    ) async throws -> RunningTracker {
        let command = Command(
            try BuiltPrograms.shoal(), ["tracker", "--host", "127.0.0.1", "--port", "\(port)"] + arguments,
            environment: baseEnvironment(home: fixture.path("tracker-home")), label: "tracker")
        let process = try fixture.start(command)
        try await process.wait(until: "line that says it listens") {
            $0.output.contains(readyMark) && $0.output.hasSuffix("\n")
        }
        guard let mark = process.output.range(of: readyMark),
            let port = Int(process.output[mark.upperBound...].prefix { $0.isNumber })
        else { throw TestFailure("the tracker named no port: \(process.output)") }
        return RunningTracker(port: port, process: process)
    }

    /// How many peers of all swarms it knows, one that is in two counting twice.
    public func memberships(in fixture: Fixture) async throws -> Int {
        try await Self.memberships(at: url, in: fixture)
    }

    /// Waits until it knows at least so many.
    public func waits(for memberships: Int, in fixture: Fixture) async throws {
        try await Self.waits(for: memberships, at: url, in: fixture)
    }

    /// Of any tracker, a hub too.
    public static func waits(for memberships: Int, at url: String, in fixture: Fixture) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let known = try await Self.memberships(at: url, in: fixture)
            if known >= memberships { return }
            guard .now < end else { throw TestFailure("the tracker knows \(known) members, not \(memberships)") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func memberships(at url: String, in fixture: Fixture) async throws -> Int {
        let curl = Command("/usr/bin/curl", ["-sS", "-f", "\(url)/metrics"], label: "curl")
        let page = try await fixture.run(curl, timeout: .seconds(20)).expecting(0).output
        let name = "shoal_tracker_memberships "
        let line = page.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name) }
        guard let count = line.flatMap({ Int($0.dropFirst(name.count)) }) else {
            throw TestFailure("the tracker tells no memberships: \(page)")
        }
        return count
    }

    /// Ends the tracker politely; it must exit with code 0.
    public func stop() async throws {
        process.signal(SIGTERM)
        try await process.wait(timeout: .seconds(60)).expecting(0)
    }

    /// Ends the tracker without warning.
    public func kill() async throws {
        process.signal(SIGKILL)
        _ = try await process.wait()
    }
}
