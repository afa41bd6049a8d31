import Foundation
import HubClient
import Logging
import Testing
import Transport

@testable import Commands

@Suite struct RunSettingsTests {
    @Test(
        "amounts as people write them",
        arguments: [
            ("0", 0), ("65536", 65536), ("10K", 10 << 10), ("1.5M", 3 << 19), ("2g", 2 << 30), ("4MiB", 4 << 20),
            ("7MB", 7 << 20),
        ])
    func amounts(text: String, bytes: Int) { #expect(ByteAmount.parse(text) == bytes) }

    @Test("no amounts", arguments: ["", "K", "-1", "1e3", "10X", "9999999999G", "1..2", "B", "0.5"])
    func noAmounts(text: String) { #expect(ByteAmount.parse(text) == nil) }

    @Test("network settings of the environment, without those that are wrong")
    func environment() {
        let settings = NetworkSettings(
            environment: [
                "HF_ENDPOINT": "http://a, http://b/", "SHOAL_LIMIT_RATE": "1M", "SHOAL_LIMIT_UPLOAD": "fast",
                "SHOAL_REWRITE_URLS": "http://x=http://y,nonsense",
            ])
        #expect(settings.otherEndpoints == ["http://b"] && settings.downloadLimit?.base == 1 << 20)
        #expect(settings.uploadLimit == nil && settings.rewrites.count == 1)
    }

    @Test("a rate may have its unit of time, and 0 is no limit")
    func rates() {
        #expect(ByteAmount.parse(rate: "10M/s") == 10 << 20 && ByteAmount.parse(rate: "1T") == 1 << 40)
        #expect(ByteAmount.parse(rate: "0/s") == 0 && ByteAmount.parse(rate: "0.5") == nil)
        let unlimited = NetworkSettings(environment: ["SHOAL_LIMIT_RATE": "0.0"])
        #expect(unlimited.downloadLimit == nil)
        #expect(SettingValue.flaws(in: ["SHOAL_LIMIT_RATE": "0.0"]).isEmpty)
    }

    @Test("variables with values that cannot be used are named")
    func flaws() {
        let own = [
            "SHOAL_LIMIT_RATE": "10MBs", "SHOAL_LOG": "loud", "SHOAL_LOG_FORMAT": "xml", "SHOAL_INDEX_SIZE": "much",
            "HF_ENDPOINT": "foo", "SHOAL_LIMIT_UPLOAD": "1M", "HF_HUB_CACHE": "x", "SHOAL_REWRITE_URLS": "",
        ]
        #expect(
            SettingValue.flaws(in: own).map(\.variable) == [
                "SHOAL_INDEX_SIZE", "SHOAL_LIMIT_RATE", "SHOAL_LOG", "SHOAL_LOG_FORMAT",
            ])
    }

    @Test(
        "an endpoint has no user and no password",
        arguments: [
            ("http://a:1", nil), ("https://a/x@y", nil), ("a", "address"), ("http://u:p@a", "user"),
            ("https://u@a/x", "user"),
        ] as [(String, String?)])
    func endpoints(_ address: String, _ word: String?) {
        let flaw = EndpointAddress.flaw(of: address)
        #expect(word.map { flaw?.contains($0) == true } ?? (flaw == nil), "\(flaw ?? "fine")")
    }

    @Test("a log line is one line, for people and for machines, without tokens")
    func logLines() throws {
        let text = LogLine.text(time: "T", level: "info", "a\nb", [("k", "v"), ("m", "x y")])
        #expect(text == "T info a b k=v m=\"x y\"")
        let json = LogLine.json(time: "T", level: "info", "say \"hi\"\u{1}", [("k", "\\")])
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String]
        #expect(object == ["time": "T", "level": "info", "message": "say \"hi\"\u{1}", "k": "\\"])
    }

    @Test("levels: a file alone means info, flags go before variables")
    func logLevels() {
        #expect(LogSettings(environment: [:]).level == nil)
        #expect(LogSettings(environment: ["SHOAL_LOG_FILE": "/x"]).level == .info)
        #expect(LogSettings(environment: ["SHOAL_LOG": "TRACE"]).level == .trace)
        #expect(LogSettings(environment: ["HF_DEBUG": "1"]).level == .debug)
        #expect(LogSettings(environment: ["SHOAL_LOG_FORMAT": "json"]).format == .json)
    }

    @Test("the archive is one that tar reads")
    func archive() throws {
        var archive = TarArchive(modified: 1_700_000_000)
        archive.add("a.txt", "hello\n")
        archive.add("run/b.txt", String(repeating: "x", count: 1_500))
        let path = NSTemporaryDirectory() + "shoal-tar-\(UUID().uuidString).tar"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(archive.finished).write(to: URL(fileURLWithPath: path))
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "-tvf", path]
        let pipe = Pipe()
        tar.standardOutput = pipe
        try tar.run()
        let listing = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
        #expect(listing.contains("a.txt") && listing.contains("1500") && listing.contains("run/b.txt"))
    }
}
