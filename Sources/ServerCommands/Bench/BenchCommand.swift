internal import ArgumentParser
internal import Commands
import Foundation
internal import Terminal
internal import Xet

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure hashing, pushing and pulling on this machine.",
        discussion: """
            Hashes, pushes and pulls a file of weights with a hub of its own on the loopback interface, and times the \
            parts that processor time goes to, one core each. Needs no network, no account, and three times the \
            file's size below TMPDIR.

            EXAMPLES:
              shoal bench
              shoal bench --size 1024 --json
            """)

    @Option(help: ArgumentHelp("Size of the file in MiB.", valueName: "mib"))
    var size = 256

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func validate() throws {
        guard (1...65536).contains(size) else { throw ValidationError("--size is between 1 and 65536 MiB.") }
    }

    func run() async throws {
        // First, while this process is small: what it has touched counts in the peak memory of its children.
        let transfers = try measureTransfers()
        let kernels = try Data.weights(count: 16 << 20, seed: 2).withUnsafeBytes { try KernelBench($0).run() }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let document = Document(
                version: ShoalVersion.current, instructions: KernelLevel.active.rawValue,
                processors: ProcessInfo.processInfo.activeProcessorCount, kernels: kernels, transfers: transfers)
            TerminalStream.output.writeLine(String(decoding: try encoder.encode(document), as: UTF8.self))
        } else {
            let lines = BenchTable(transfers: transfers, kernels: kernels, instructions: KernelLevel.active).lines
            for line in lines { TerminalStream.output.writeLine(line) }
        }
    }

    private func measureTransfers() throws -> [TransferBench.Figure] {
        let folder = try DemoFolder(for: "bench")
        do {
            try requireRoom(in: folder)
        } catch {
            folder.remove()
            throw error
        }
        let interruption = DemoInterruption(folder: folder, keepsFolder: false)
        defer { interruption.cleanUp() }
        let token = try DemoHub.addToken(data: folder.hubData, user: "bench", role: "write")
        let hub = try DemoHub.start(data: folder.hubData, log: folder.hubLog)
        interruption.stop(with: hub)
        return try TransferBench(folder: folder, endpoint: hub.endpoint, token: token, mebibytes: size).run()
    }

    /// The file, what the hub stores of it, and what is pulled; and some room for the hub's own.
    private func requireRoom(in folder: DemoFolder) throws {
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: folder.root.path)
        let needed = 3 * (size << 20) + 64 << 20
        guard let free = (facts?[.systemFreeSize] as? NSNumber)?.intValue, free < needed else { return }
        let place = folder.root.deletingLastPathComponent().path
        throw DemoFailure(
            "not enough space in \(place): \(ByteText.size(UInt64(needed))) are needed for --size \(size), "
                + "\(ByteText.size(UInt64(max(free, 0)))) are free; choose a smaller --size, or another disk with TMPDIR"
        )
    }

    private struct Document: Encodable {
        var version: String
        /// The instruction set in use.
        var instructions: String
        var processors: Int
        var kernels: [KernelBench.Figure]
        var transfers: [TransferBench.Figure]
    }
}
