import Foundation
import TestSupport

/// libtorrent 2.1.1 as its authors publish it for Python, in the environment that `scripts/setup test` makes.
struct OtherLibtorrent {
    let fixture: Fixture

    /// A peer that runs.
    struct Peer {
        let process: RunningProcess
        let port: UInt16
    }

    /// The hashes of a torrent that it makes of a folder, in hexadecimal, `-` for none.
    func make(_ folder: String, format: String, pieceLength: Int, into file: String) async throws -> [String] {
        let result = try await fixture.run(try command("make", folder, format, "\(pieceLength)", file))
        return try result.expecting(0).trimmed.split(separator: " ").map(String.init)
    }

    func hashes(of torrent: String) async throws -> [String] {
        try await fixture.run(try command("hashes", torrent)).expecting(0).trimmed.split(separator: " ").map(
            String.init)
    }

    func seed(_ torrent: String, from folder: String, isSpoilt: Bool = false) async throws -> Peer {
        try await start("other-seed", isSpoilt ? "spoil" : "seed", torrent, folder)
    }

    func get(_ torrent: String, into folder: String, from peers: [UInt16]) async throws -> Peer {
        let addresses = peers.map { "127.0.0.1:\($0)" }
        let verb = torrent.hasPrefix("magnet:") ? "follow" : "get"
        return try await start("other-get", [verb, torrent, folder] + addresses)
    }

    private func start(_ label: String, _ words: String...) async throws -> Peer {
        try await start(label, words)
    }

    private func start(_ label: String, _ words: [String]) async throws -> Peer {
        var command = try command(words)
        command.label = label
        let process = try fixture.start(command)
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            if let line = process.output.split(separator: "\n").first(where: { $0.hasPrefix("port ") }),
                let port = UInt16(line.dropFirst(5))
            {
                return Peer(process: process, port: port)
            }
            guard process.isRunning, ContinuousClock.now < deadline else {
                throw TestFailure("\(label) does not begin: \(process.output) \(process.errors)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func command(_ words: String...) throws -> Command {
        try command(words)
    }

    private func command(_ words: [String]) throws -> Command {
        let python = BuiltPrograms.packageRoot + "/.build/venv-torrent/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw TestFailure("\(python) is missing: run `scripts/setup test` (`make test` does)")
        }
        let script = BuiltPrograms.packageRoot + "/Tests/TorrentsTests/Support/python/peer.py"
        let environment = ["HOME": fixture.scratch, "PYTHONDONTWRITEBYTECODE": "1"]
        return Command(python, [script] + words, environment: environment, label: "other-libtorrent")
    }
}
