import Foundation
import TestSupport

/// Programs of others that speak BitTorrent, found on PATH; `scripts/setup test` installs them.
enum OtherClients {
    static func program(_ name: String) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in path.split(separator: ":") + ["/usr/bin"] {
            let candidate = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw TestFailure("\(name) is not on PATH: run `scripts/setup test` (`make test` does)")
    }

    static func environment(_ fixture: Fixture) -> [String: String] {
        ["HOME": fixture.scratch, "PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": fixture.path("config")]
    }

    /// A tracker that knows some hashes, 20 bytes in hexadecimal.
    static func tracker(_ fixture: Fixture, hashes: [String]) async throws -> (url: String, process: RunningProcess) {
        let port = try freePort()
        let folder = try fixture.directory("tracker")
        try await writeText(hashes.map { $0 + "\n" }.joined(), to: folder + "/list.txt")
        // It becomes nobody, who must be able to enter.
        for path in [fixture.scratch, folder] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        // As root it is shut in into its folder, from which its list is then seen.
        let list = getuid() == 0 ? "/list.txt" : folder + "/list.txt"
        let words = ["-i", "127.0.0.1", "-p", "\(port)", "-P", "\(port)", "-u", "nobody", "-d", folder, "-w", list]
        let process = try fixture.start(
            Command(try program("opentracker"), words, environment: environment(fixture), label: "opentracker"))
        try await process.wait(until: "a tracker that listens") { _ in isOpen(port) }
        return ("http://127.0.0.1:\(port)/announce", process)
    }

    /// aria2 with one torrent, which names its tracker.
    static func aria(_ fixture: Fixture, _ torrent: String, folder: String, seeds: Bool) throws -> RunningProcess {
        let port = try freePort()
        var words = [
            "--dir=\(folder)", "--listen-port=\(port)", "--interface=127.0.0.1", "--enable-dht=false",
            "--enable-dht6=false", "--bt-enable-lpd=false", "--file-allocation=none", "--enable-peer-exchange=false",
        ]
        words += seeds ? ["--check-integrity=true", "--seed-ratio=0.0"] : ["--seed-time=0", "--bt-stop-timeout=30"]
        return try fixture.start(
            Command(try program("aria2c"), words + [torrent], environment: environment(fixture), label: "aria2"))
    }

    /// Transmission with one torrent; it is dialled.
    static func transmission(
        _ fixture: Fixture, _ torrent: String, folder: String
    ) async throws -> (port: UInt16, process: RunningProcess) {
        let (port, control) = (try freePort(), try freePort())
        let config = fixture.path("transmission-\(port)")
        let process = try fixture.start(
            Command(
                try program("transmission-daemon"),
                [
                    "-f", "-g", config, "-w", folder, "-p", "\(control)", "-T", "-r", "127.0.0.1", "-P", "\(port)",
                    "-i",
                    "127.0.0.1", "-O", "--no-utp", "-M",
                ], environment: environment(fixture), label: "transmission"))
        try await process.wait(until: "a control port") { _ in isOpen(control) }
        let added = try await fixture.run(
            Command(
                try program("transmission-remote"), ["127.0.0.1:\(control)", "-a", torrent, "-w", folder],
                environment: environment(fixture)))
        guard try added.expecting(0).output.contains("success") else { throw TestFailure(added.output) }
        return (UInt16(port), process)
    }
}
