import Foundation
import Testing

/// The real git, in a repository of its own.
struct GitProgram {
    let folder: URL

    init(in folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try run(["init", "-q", "."])
    }

    /// Runs git and returns what it prints; a failure of git fails the test.
    func run(_ arguments: [String], input: Data = Data(), environment: [String: String] = [:]) throws -> Data {
        let inputFile = FileManager.default.temporaryDirectory.appendingPathComponent("shoal-git-\(UUID().uuidString)")
        try input.write(to: inputFile)
        defer { try? FileManager.default.removeItem(at: inputFile) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", folder.path] + arguments
        let plain = ["HOME": folder.path, "GIT_CONFIG_NOSYSTEM": "1", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
        process.environment = plain.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "git \(arguments) failed: \(complaint)")
        return printed
    }

    func line(_ arguments: [String], input: Data = Data(), environment: [String: String] = [:]) throws -> String {
        String(decoding: try run(arguments, input: input, environment: environment), as: UTF8.self)
            .trimmingCharacters(in: .newlines)
    }
}

/// A folder that is gone after the test.
final class ScratchFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("shoal-hub-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
