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

    /// Ends the tracker politely; it must exit with code 0.
    public func stop() async throws {
        process.signal(SIGTERM)
        try await process.wait(timeout: .seconds(30)).expecting(0)
    }

    /// Ends the tracker without warning.
    public func kill() async throws {
        process.signal(SIGKILL)
        _ = try await process.wait()
    }
}
