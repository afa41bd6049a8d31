internal import ArgumentParser
internal import Commands
import Dispatch
import Foundation
internal import Terminal

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Watch push, deduplication, pull and verification on a hub of its own.",
        discussion: """
            Starts a hub on a free port of this machine with a temporary folder, makes a sharded model and a \
            fine-tuned variant, pushes both, pulls one into a fresh cache, compares every byte, then damages one \
            byte in the hub's store and shows that a pull refuses it. Needs no network and no account.

            EXAMPLES:
              shoal demo
              shoal demo --keep
            """)

    @Flag(help: "Leave the hub running until Ctrl-C, and its folder in place.")
    var keep = false

    @Option(help: "How large the model is: about 40 MB, 210 MB or 1 GB.")
    var size = DemoModel.Size.medium

    func run() async throws {
        let folder = try DemoFolder(for: "demo")
        let interruption = DemoInterruption(folder: folder, keepsFolder: keep)
        defer { interruption.cleanUp() }
        let hub = try DemoHub.start(data: folder.hubData, log: folder.hubLog)
        let endpoint = hub.endpoint
        interruption.stop(with: hub)
        let stage = DemoStage(folder: folder, endpoint: endpoint, size: size)
        let figures = try await stage.play()
        for line in DemoTable(figures: figures, folder: folder, endpoint: endpoint, isKept: keep).lines {
            TerminalStream.output.writeLine(line)
        }
        if keep { await interruption.wait() }
    }
}
