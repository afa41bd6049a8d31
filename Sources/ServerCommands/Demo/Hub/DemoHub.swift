internal import Commands
import Foundation

/// A hub in a process of its own, on a free port of the loopback interface.
final class DemoHub: Sendable {
    let endpoint: String
    private let process: Process
    /// The child leaves when this end closes, also when this process is killed.
    private let lifeline: Pipe

    private init(endpoint: String, process: Process, lifeline: Pipe) {
        self.endpoint = endpoint
        self.process = process
        self.lifeline = lifeline
    }

    /// Starts the hub and waits until it listens.
    static func start(data: URL, log: URL) throws -> DemoHub {
        try Data().write(to: log)
        let process = try makeProcess([DemoHubCommand.name, "--data", data.path])
        let output = Pipe()
        let lifeline = Pipe()
        process.standardInput = lifeline
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        do {
            let line = try firstLine(of: output.fileHandleForReading, within: .seconds(30))
            guard let start = line.range(of: "http://") else { throw DemoFailure("the hub said: \(line)") }
            return DemoHub(
                endpoint: String(line[start.lowerBound...]).trimmingCharacters(in: .whitespacesAndNewlines),
                process: process, lifeline: lifeline)
        } catch {
            process.terminate()
            let words = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            let last = words.split(separator: "\n").last.map { ": \($0)" } ?? ""
            throw DemoFailure("the hub did not start (\(error))\(last)")
        }
    }

    /// Makes a token by the hub's own command.
    static func addToken(data: URL, user: String, role: String) throws -> String {
        let process = try makeProcess(["hub", "token", "add", "--data", data.path, "--user", user, "--role", role])
        let output = Pipe()
        process.standardOutput = output
        // It tells that the hub is new, which is no news here.
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let token = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard process.terminationStatus == 0, token.hasPrefix("hf_") else {
            throw DemoFailure("the hub made no token (exit code \(process.terminationStatus))")
        }
        return token
    }

    /// Stops the hub and waits until it has gone.
    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        let deadline = Date().addingTimeInterval(5)
        while process.isRunning, Date() < deadline { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    private static func makeProcess(_ arguments: [String]) throws -> Process {
        guard let path = ServerSibling.ownPath() else { throw DemoFailure("cannot find this program's own file") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        return process
    }

    private static func firstLine(of file: FileHandle, within limit: Duration) throws -> String {
        let deadline = ContinuousClock.now + limit
        var bytes: [UInt8] = []
        while !bytes.contains(UInt8(ascii: "\n")) {
            let left = (deadline - .now) / .milliseconds(1)
            var request = pollfd(fd: file.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&request, 1, Int32(left)) > 0 else { throw DemoFailure("it took too long") }
            let part = file.availableData
            guard !part.isEmpty else { throw DemoFailure("it ended at once") }
            bytes += part
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
