internal import Commands
import Foundation
internal import HubWire
internal import Publish
internal import PublishWire

/// Shares as `shoal share` does, in a process of its own: what it costs, in memory above all, ends with it.
struct ShellSharing: ModelSharing {
    func share(_ order: ShareOrder) async throws -> ModelName {
        var words = ["share", "--json"]
        if let name = order.name { words.append("--name=\(name)") }
        if let license = order.license { words.append("--license=\(license)") }
        if let version = order.version { words.append("--version=\(version)") }
        if let length = order.pieceLength { words.append("--piece-length=\(length)") }
        if order.skipsDHT { words.append("--skip-dht") }
        if let signs = order.signs { words.append(signs ? "--sign" : "--no-sign") }
        let document = try await ShellCommand.run(words + ["--", order.subject])
        return try ShellCommand.name(in: document)
    }
}

/// Copies from a hub as `shoal mirror` does, in a process of its own.
enum ShellMirroring {
    static func mirror(
        _ order: DownloadOrder, progress: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws {
        var words = ["mirror", "--json"]
        if let license = order.mirror?.license { words.append("--license=\(license)") }
        if let branch = order.mirror?.branch { words.append("--branch=\(branch)") }
        if let depth = order.mirror?.depth { words.append("--depth=\(depth)") }
        if order.mirror?.skipsLFS == true { words.append("--skip-lfs") }
        if order.mirror?.skipsDHT == true { words.append("--no-broadcast") }
        var state = DownloadProgress()
        state.phase = "mirroring"
        state.model = order.subject
        progress(state)
        let document = try await ShellCommand.run(words + ["--", order.subject])
        state.phase = "done"
        state.model = (try? ShellCommand.name(in: document))?.id.description ?? state.model
        progress(state)
    }
}

/// A command of this program, run for the agent.
enum ShellCommand {
    private static let largestAnswer = 64 << 20

    /// Runs it to its end; it is ended when the task is cancelled.
    /// - Returns: the document that it prints.
    /// - Throws: ``PublishError`` with its own words, or `CancellationError`.
    static func run(_ words: [String]) async throws -> JSONValue {
        guard let program = ServerSibling.ownPath() else {
            throw PublishError(.localFile, "cannot tell where this program is", hint: "install it again")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        let ending = ProcessEnding(process)
        try process.run()
        let output = await withTaskCancellationHandler {
            // Its end closes the pipe.
            await Self.read(pipe.fileHandleForReading)
        } onCancel: {
            ending.interrupt()
        }
        let status = await ending.status()
        try Task.checkCancellation()
        let document = output.flatMap { try? JSONDecoder().decode(JSONValue.self, from: $0) }
        if let error = document?["error"], let message = error["message"]?.text {
            throw PublishError(
                PublishError.Code(rawValue: error["code"]?.text ?? "failed"), message, hint: error["hint"]?.text)
        }
        guard status == 0, let document else {
            throw PublishError(
                PublishError.Code(rawValue: "failed"), "'shoal \(words[0])' has ended with code \(status)",
                hint: "run it by hand to see why")
        }
        return document
    }

    static func name(in document: JSONValue) throws(PublishError) -> ModelName {
        let prefix = document["kind"]?.text == "dataset" ? "datasets/" : ""
        let version = document["version"]?.text.map { "@" + $0 } ?? ""
        return try ModelName(parsing: prefix + (document["name"]?.text ?? "") + version)
    }

    private static func read(_ file: FileHandle) async -> Data? {
        var data = Data()
        let stream = AsyncStream<Data> { continuation in
            file.readabilityHandler = { file in
                let part = file.availableData
                if part.isEmpty {
                    file.readabilityHandler = nil
                    continuation.finish()
                } else {
                    continuation.yield(part)
                }
            }
        }
        for await part in stream {
            guard data.count + part.count <= Self.largestAnswer else { return nil }
            data += part
        }
        return data
    }
}

/// The end of a process, to be waited for, or brought about.
private final class ProcessEnding: Sendable {
    // Foundation's class is safe to be told to end from any thread once it runs, and is used for nothing else here.
    private nonisolated(unsafe) let process: Process
    private let ended: AsyncStream<Int32>

    init(_ process: Process) {
        self.process = process
        ended = AsyncStream { continuation in
            process.terminationHandler = { process in
                continuation.yield(process.terminationStatus)
                continuation.finish()
            }
        }
    }

    func interrupt() { if process.isRunning { process.interrupt() } }

    func status() async -> Int32 {
        for await status in ended { return status }
        return -1
    }
}
