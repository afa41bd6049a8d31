import Foundation

/// A real `shoal seed` on a free loopback port.
public struct RunningSeeder: Sendable {
    public let port: Int
    public let process: RunningProcess

    private static let readyMark = "shoal listening for peers on 127.0.0.1:"

    public var address: String { "127.0.0.1:\(port)" }

    /// Starts one over a client's cache, without a token, and waits until it says that it listens. It ends with the
    /// fixture.
    public static func start(
        _ shoal: ShoalClient, _ arguments: String..., listen: String = "127.0.0.1:0", lan: Bool = false
    ) async throws -> RunningSeeder {
        var shoal = shoal
        shoal.token = nil
        let process = try shoal.fixture.start(
            shoal.command(["seed", "--listen", listen, lan ? "--lan" : "--no-lan"] + arguments))
        let mark = listen.hasPrefix("127.") ? readyMark : "shoal listening for peers on "
        try await process.wait(until: "line that says it listens") {
            $0.output.contains(mark) && $0.output.contains("\n")
        }
        let line = process.output.split(whereSeparator: \.isNewline).first { $0.contains(mark) } ?? ""
        guard let port = line.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw TestFailure("the seeder named no port: \(process.output)")
        }
        return RunningSeeder(port: port, process: process)
    }

    /// Waits until it says that so many files can be given.
    /// - Parameter asks: whether questions to the hub may be open still, as where it is away.
    public func waits(for files: Int, whileAsking asks: Bool = false) async throws {
        try await process.wait(until: "\(files) files that can be given") { _ in
            last == files && (asks || !(lines.last ?? "").contains(";"))
        }
    }

    private var lines: [Substring] {
        process.output.split(whereSeparator: \.isNewline).filter { $0.contains("can be given") }
    }

    private var last: Int? { lines.last.flatMap { Int($0.prefix { $0.isNumber }) } }

    /// Ends it politely; it must exit with code 0.
    public func stop() async throws {
        process.signal(SIGTERM)
        try await process.wait(timeout: .seconds(20)).expecting(0)
    }
}
