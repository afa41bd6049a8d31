import Foundation
import TestSupport

/// A real qbittorrent-nox, driven by its web interface.
struct QBittorrent {
    let fixture: Fixture
    let port: UInt16
    private let control: Int

    init(_ fixture: Fixture) async throws {
        self.fixture = fixture
        let (listen, control) = (try freePort(), try freePort())
        port = UInt16(listen)
        self.control = control
        let profile = fixture.path("qbittorrent")
        let text = """
            [BitTorrent]
            Session\\Port=\(listen)
            Session\\InterfaceAddress=127.0.0.1
            Session\\Interface=lo
            Session\\DHTEnabled=false
            Session\\LSDEnabled=false
            [LegalNotice]
            Accepted=true
            [Network]
            PortForwardingEnabled=false
            [Preferences]
            WebUI\\Address=127.0.0.1
            WebUI\\Port=\(control)
            WebUI\\LocalHostAuth=false
            """
        try await writeText(text, to: profile + "/qBittorrent/config/qBittorrent.conf")
        let process = try fixture.start(
            Command(
                try OtherClients.program("qbittorrent-nox"), ["--profile=\(profile)"],
                environment: OtherClients.environment(fixture), label: "qbittorrent"))
        try await process.wait(until: "a web interface") { _ in isOpen(control) }
    }

    /// Begins a torrent whose files are, or come to be, in a folder.
    func add(_ torrent: String, folder: String) async throws {
        let answer = try await curl("torrents/add", "-F", "torrents=@\(torrent)", "-F", "savepath=\(folder)")
        guard answer.contains("Ok") else { throw TestFailure("qbittorrent: \(answer)") }
    }

    /// Waits until all torrents are whole.
    func whole() async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let answer = try await curl("torrents/info")
            let list = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [[String: Any]] ?? []
            let states = list.map { $0["state"] as? String ?? "" }
            if !states.isEmpty, states.allSatisfy({ $0.hasSuffix("UP") }) { return }
            guard ContinuousClock.now < deadline else { throw TestFailure("qbittorrent: \(states)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func curl(_ route: String, _ words: String...) async throws -> String {
        let url = "http://127.0.0.1:\(control)/api/v2/\(route)"
        let command = Command(
            try OtherClients.program("curl"), ["-s", "-S", "--retry", "3", "--retry-connrefused"] + words + [url],
            environment: OtherClients.environment(fixture), label: "curl")
        return try await fixture.run(command).expecting(0).output
    }
}
