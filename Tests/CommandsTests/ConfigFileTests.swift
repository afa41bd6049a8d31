import Foundation
import Testing

@testable import Commands

@Suite struct ConfigFileTests {
    private func withFile(_ text: String, _ body: (ConfigFile, String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "shoal-config-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try body(ConfigFile(path: path), path)
    }

    @Test("every kind of value stands for what the variable would say")
    func values() throws {
        let text = #"""
            {"endpoint": ["http://a", "http://b"], "limit_rate": "10M", "offline": true, "index_size": 7,
             "rewrite_urls": {"http://x": "http://y"}, "token_path": "\u00e9\ud83d\ude00\n\/"}
            """#
        try withFile(text) { file, _ in
            #expect(file.failure == nil)
            #expect(
                file.values == [
                    "HF_ENDPOINT": "http://a,http://b", "SHOAL_LIMIT_RATE": "10M", "HF_HUB_OFFLINE": "1",
                    "SHOAL_INDEX_SIZE": "7", "SHOAL_REWRITE_URLS": "http://x=http://y", "HF_TOKEN_PATH": "é😀\n/",
                ])
        }
        for empty in ["", " \n", "{}", "\u{FEFF}{ }\n"] {
            try withFile(empty) { file, _ in #expect(file.failure == nil && file.values.isEmpty) }
        }
    }

    @Test(
        "what is wrong is named with its key and place",
        arguments: [
            ("{\n \"endpoint\": \"http://a\",\n \"limit_rat\": 1}", ":3 ", "limit_rat"),
            ("{\n \"limit_rate\": null}", ":2:16 ", "limit_rate"), ("{\"limit_rate\": 1.5}", ":1:16 ", "1.5"),
            ("{\n\n\"limit_rate\": \"fast\"}", ":3 ", "fast"), ("{\"endpoint\": \"hub\"}", ":1 ", "endpoint"),
            ("{\"log_level\": \"loud\"}", ":1 ", "loud"), ("{\"endpoint\": [1]}", ":1:15 ", "endpoint"),
            ("{\"endpoint\" \"x\"}", ":1:13 ", "':' is missing"), ("{\"offline\": true", ":1:17 ", "missing"),
            ("[]", ":1:1 ", "missing"), ("{} x", ":1:4 ", "more"), ("{\"cache\": \"\\ud800\"}", ":1:", "half"),
            ("{\"cache\": \"\\u12", ":1:", "four digits"), ("{\"cache\": \"a", ":1:", "no end"),
            ("{\"", ":1:", "no end"),
            ("{", ":1:2 ", "key"), ("{\"limit_rate\": true}", ":1 ", "limit_rate"),
            ("{\n\"index_size\": true}", ":2 ", "index_size"), ("{\"cache\": 7}", ":1 ", "'cache' is 7"),
            ("{\"ca_file\": 5}", ":1 ", "ca_file"), ("{\"offline\": 2}", ":1 ", "offline"),
            ("{\"disable_xet\": \"maybe\"}", ":1 ", "maybe"), ("{\"http_proxy\": [\"a\"]}", ":1 ", "http_proxy"),
            ("{\"cache\": \"/a\",\n \"cache\": \"/b\"}", ":2:", "'cache' stands on line 1"),
            ("{\"endpoint\": \"http://u:secret@a\"}", ":1 ", "'http://***@a'"), ("{\"p2p\": 2}", ":1 ", "p2p"),
            ("{\"peers\": [\"nowhere\"]}", ":1 ", "nowhere"), ("{\"trackers\": \"udp://x:1\"}", ":1 ", "udp://x:1"),
            ("{\"seed_rules\": \"a=b\"}", ":1 ", "seed_rules"), ("{\"listen\": \"here\"}", ":1 ", "here"),
            ("{\"seed_rules\": {\"a\": \"never\"}}", ":1 ", "seed_rules"),
        ])
    func mistakes(_ text: String, _ place: String, _ word: String) throws {
        try withFile(text) { file, path in
            let failure = try #require(file.failure)
            #expect(failure.code == "bad_config")
            #expect(failure.message.contains(path + place) && failure.message.contains(word), "\(failure.message)")
        }
    }

    @Test("a variable goes before the file, unless it holds nothing that can be used")
    func precedence() throws {
        let text = #"{"cache": "/c", "limit_rate": "1M", "offline": "no", "disable_xet": 1, "log_level": "debug"}"#
        try withFile(text) { file, _ in
            #expect(file.failure == nil)
            func counts(_ own: [String: String]) -> Set<String> { Set(file.values(beside: own).keys) }
            let all: Set = ["HF_HUB_CACHE", "SHOAL_LIMIT_RATE", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_XET", "SHOAL_LOG"]
            #expect(counts(["HF_HUB_CACHE": "", "XDG_CACHE_HOME": "/x"]) == all)
            #expect(counts(["SHOAL_LIMIT_RATE": "10MBs", "SHOAL_LOG": "loud"]) == all)
            #expect(
                counts(["SHOAL_LIMIT_RATE": "0", "SHOAL_LOG": "info"])
                    == all.subtracting(["SHOAL_LIMIT_RATE", "SHOAL_LOG"]))
            for own in [["HF_HOME": "/h"], ["HF_HUB_CACHE": "/v"], ["HUGGINGFACE_HUB_CACHE": "/v"]] {
                #expect(counts(own) == all.subtracting(["HF_HUB_CACHE"]), "\(own)")
                #expect(
                    EffectiveSettings.source(
                        of: ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"], own: own, file: file
                    )
                        == own.keys.first)
            }
            let cache = ["HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"]
            #expect(EffectiveSettings.source(of: cache, own: ["XDG_CACHE_HOME": "/x"], file: file) == "settings file")
            #expect(
                EffectiveSettings.source(of: ["SHOAL_INDEX_SIZE"], own: ["SHOAL_INDEX_SIZE": "x"], file: file)
                    == "default")
        }
    }

    @Test("whoever names a hub that cannot be used does not end up at another")
    func unusableEndpoint() throws {
        try withFile(#"{"endpoint": "http://127.0.0.1:1"}"#) { file, _ in
            #expect(file.values(beside: ["HF_ENDPOINT": "htps://mine"]).isEmpty)
            #expect(file.values(beside: ["HF_ENDPOINT": ""])["HF_ENDPOINT"] == "http://127.0.0.1:1")
        }
    }

    @Test("what is said about peers counts as it is said, and is never replaced by something else")
    func peers() throws {
        let text = #"""
            {"p2p": false, "peers": ["a:1", "[::1]:2"], "trackers": "http://t:6969", "listen": 7000,
             "seed_rules": ["*=lan", "me/*=never"], "swarm_secrets": "/s", "p2p_only": "yes",
             "p2p_wait": 60}
            """#
        try withFile(text) { file, _ in
            #expect(file.failure == nil, "\(file.failure?.message ?? "")")
            #expect(
                file.values == [
                    "SHOAL_P2P": "0", "SHOAL_PEERS": "a:1,[::1]:2", "SHOAL_TRACKERS": "http://t:6969",
                    "SHOAL_LISTEN": "7000", "SHOAL_SEED_RULES": "*=lan,me/*=never", "SHOAL_SWARM_SECRETS": "/s",
                    "SHOAL_P2P_ONLY": "yes", "SHOAL_P2P_WAIT": "60",
                ])
            let unusable = file.values.mapValues { _ in "?" }
            #expect(file.values(beside: unusable).isEmpty && SettingValue.flaws(in: unusable).isEmpty)
            #expect(EffectiveSettings.source(of: ["SHOAL_PEERS"], own: unusable, file: file) == "SHOAL_PEERS")
        }
    }

    @Test(
        "where to listen",
        arguments: [
            ("7000", "::", 7000), ("0", "::", 0), ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:81", "::1", 81),
            ("10.0.0.1:80", "10.0.0.1", 80),
        ] as [(String, String, UInt16)])
    func listening(_ text: String, _ host: String, _ port: UInt16) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.host == host && address.port == port)
    }

    @Test("nowhere to listen", arguments: ["", "here", "70000", "::1:0", ":0", "a b:0", "-1"])
    func notListening(_ text: String) { #expect(ListenAddress(text) == nil) }

    @Test("only the usual place may have no file; what cannot be read or is too long is said")
    func reading() throws {
        let missing = NSTemporaryDirectory() + "shoal-config-\(UUID().uuidString)"
        #expect(ConfigFile(path: missing, mayBeMissing: true).failure == nil)
        #expect(ConfigFile(path: missing).failure?.message.contains(missing) == true)
        #expect(ConfigFile(path: NSTemporaryDirectory(), mayBeMissing: true).failure?.code == "bad_config")
        #expect(ConfigFile(path: "/dev/null").failure == nil)
        try withFile("{" + String(repeating: " ", count: 300 << 10) + "}") { file, _ in
            #expect(file.failure?.message.contains("256 KiB") == true)
        }
    }
}
