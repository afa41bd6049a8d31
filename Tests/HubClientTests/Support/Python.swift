import Foundation
import Testing

/// Runs the Python interpreter that the client's behaviour is compared with.
enum Python {
    /// Feeds `input` to a program and returns what it prints; a missing or failing interpreter fails the test.
    static func run(_ program: String, arguments: [String] = [], input: Data = Data()) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program] + arguments
        let (source, sink, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = source
        process.standardOutput = sink
        process.standardError = errors
        try process.run()
        let writer = Thread {
            try? source.fileHandleForWriting.write(contentsOf: input)
            try? source.fileHandleForWriting.close()
        }
        writer.start()
        let output = try sink.fileHandleForReading.readToEnd() ?? Data()
        let trouble = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "python3: \(String(decoding: trouble, as: UTF8.self))")
        return output
    }
}

/// Random numbers that a printed seed brings back.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
