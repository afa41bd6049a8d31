internal import Commands
import Foundation

/// Hashes, pushes and pulls a file with the client's program, against a hub on the loopback interface.
struct TransferBench {
    /// What a run of the program needed.
    struct Figure: Encodable {
        var name: String
        /// Of the file.
        var bytes: Int
        var cpuSeconds: Double
        var wallSeconds: Double
        /// Bytes that were resident at most; never less than this process had when it started the program.
        var peakMemory: Int

        enum CodingKeys: String, CodingKey {
            case name, bytes
            case cpuSeconds = "cpu_seconds"
            case wallSeconds = "wall_seconds"
            case peakMemory = "peak_memory"
        }
    }

    private static let repository = "bench/model"
    private let folder: DemoFolder
    private let endpoint: String
    private let token: String
    private let file: URL
    private let size: Int

    /// Makes the file, normally distributed bfloat16 weights.
    init(folder: DemoFolder, endpoint: String, token: String, mebibytes: Int) throws {
        self.folder = folder
        self.endpoint = endpoint
        self.token = token
        size = mebibytes << 20
        file = folder.root.appendingPathComponent("model.safetensors")
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        for number in 0..<mebibytes { try handle.write(contentsOf: Data.weights(count: 1 << 20, seed: UInt64(number))) }
    }

    func run() throws -> [Figure] {
        let push = ["push", Self.repository, file.path]
        let pull = ["pull", Self.repository]
        // Of another time, it is read again; then the hashes are remembered.
        return [
            try figure("hash", ["hash", file.path]),
            try figure("push", push),
            try figure("push again, file touched", push) { try touch() },
            try figure("push again", push),
            try figure("pull", pull),
            try figure("pull again", pull),
        ]
    }

    /// What of an environment the measured program may see: nothing that steers transfers, for the hub is this machine's.
    static func environment(_ variables: [String: String]) -> [String: String] {
        variables.filter { name, _ in
            if name == "SHOAL_KERNELS" { return true }
            let upper = name.uppercased()
            return !["HF_", "HUGGING", "SHOAL_", "TRANSFORMERS_", "SSL_CERT_"].contains { upper.hasPrefix($0) }
                && !["_PROXY", "_CA_BUNDLE"].contains { upper.hasSuffix($0) }
        }
    }

    private func touch() throws {
        try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: file.path)
    }

    private func figure(_ name: String, _ arguments: [String], prepare: () throws -> Void = {}) throws -> Figure {
        try prepare()
        let environment = Self.environment(ProcessInfo.processInfo.environment).merging([
            "HF_HOME": folder.cache("bench").path, "XDG_STATE_HOME": folder.state.path, "HF_TOKEN": token,
            "HF_ENDPOINT": endpoint, "SHOAL_CONFIG": "/dev/null",
        ]) { $1 }
        let log = folder.root.appendingPathComponent("client.log")
        let process = try MeasuredProcess.run(
            try Self.client(), arguments + ["--quiet"], environment: environment, errors: log)
        guard process.status == 0 else {
            let words = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            throw DemoFailure("shoal \(arguments[0]) failed: \(words)")
        }
        return Figure(
            name: name, bytes: size, cpuSeconds: process.cpuSeconds, wallSeconds: process.wallSeconds,
            peakMemory: process.peakMemory)
    }

    private static func client() throws -> String {
        guard let own = ServerSibling.ownPath() else { throw DemoFailure("cannot find this program's own file") }
        let client = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("shoal").path
        guard FileManager.default.isExecutableFile(atPath: client) else {
            throw DemoFailure("the program shoal is not beside \(own)")
        }
        return client
    }
}

extension Data {
    /// Weights as a layer has them.
    static func weights(count: Int, seed: UInt64) -> Data {
        var random = RandomWords(seed: seed)
        var data = Data(count: count)
        data.withUnsafeMutableBytes { WeightSource.standard.fill($0.bindMemory(to: UInt16.self), from: &random) }
        return data
    }
}

private enum WeightSource {
    /// Its table takes a while to make.
    static let standard = GaussianWeights(deviation: 0.02)
}
