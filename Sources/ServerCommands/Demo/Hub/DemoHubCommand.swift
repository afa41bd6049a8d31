internal import ArgumentParser
import Foundation

/// `hub serve` for the demo: it ends with the process that started it, whatever ends that one.
struct DemoHubCommand: AsyncParsableCommand {
    static let name = "demo-hub"

    static let configuration = CommandConfiguration(
        commandName: name, abstract: "The demo's hub.", shouldDisplay: false)

    @Option var data: String

    func run() async throws {
        let command = try HubCommand.parseAsRoot(["serve", "--data", data, "--port", "0"])
        guard var serve = command as? any AsyncParsableCommand else {
            throw DemoFailure("hub serve is not a command that can be run here")
        }
        let watcher = Thread {
            // Standard input is a pipe from the demo; it ends when the demo does.
            while let part = try? FileHandle.standardInput.read(upToCount: 1), !part.isEmpty {}
            _exit(0)
        }
        watcher.start()
        try await serve.run()
    }
}
