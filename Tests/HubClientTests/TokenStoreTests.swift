import Foundation
import Testing

@testable import HubClient

@Suite struct TokenStoreTests {
    private func mode(_ path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test func savesAsPythonDoes() throws {
        let folder = try TemporaryFolder()
        let store = TokenStore(tokenPath: folder.file("hf/token"))
        #expect(store.current() == nil)
        try store.save(token: " hf_two\n", name: "zweites [x]")
        try store.save(token: "hf_one", name: "first")
        #expect(store.current() == "hf_one")
        #expect(folder.text("hf/token") == "hf_one")
        #expect(folder.text("hf/stored_tokens") == "[first]\nhf_token = hf_one\n\n[zweites x]\nhf_token = hf_two\n\n")
        #expect(try mode(folder.file("hf/token")) == 0o600)
        #expect(try mode(folder.file("hf/stored_tokens")) == 0o600)
        let program = """
            import configparser, json, sys
            config = configparser.ConfigParser(interpolation=None)
            config.read(sys.argv[1], encoding="utf-8")
            print(json.dumps({name: dict(config.items(name)) for name in config.sections()}))
            """
        let read = try JSONDecoder().decode(
            [String: [String: String]].self, from: try Python.run(program, arguments: [folder.file("hf/stored_tokens")])
        )
        #expect(read == ["first": ["hf_token": "hf_one"], "zweites x": ["hf_token": "hf_two"]])
    }

    @Test func keepsWhatOthersStored() throws {
        let folder = try TemporaryFolder()
        try folder.write("[oauth-me]\nhf_token = hf_a\nrefresh_token = r%1\nexpires_at = 17\n\n", to: "stored_tokens")
        let store = TokenStore(tokenPath: folder.file("token"))
        try store.save(token: "hf_b", name: "b")
        #expect(
            folder.text("stored_tokens")
                == "[b]\nhf_token = hf_b\n\n[oauth-me]\nhf_token = hf_a\nrefresh_token = r%1\nexpires_at = 17\n\n")
        #expect(store.names() == ["b", "oauth-me"])
    }

    @Test func removes() throws {
        let folder = try TemporaryFolder()
        let store = TokenStore(tokenPath: folder.file("token"))
        try store.save(token: "hf_a", name: "a")
        try store.save(token: "hf_b", name: "b")
        #expect(try store.remove(name: "a"))
        #expect(try !store.remove(name: "a"))
        #expect(store.current() == "hf_b")
        #expect(try store.remove(name: "b"))
        #expect(store.current() == nil)
        try store.save(token: "hf_c")
        #expect(try store.remove())
        #expect(try folder.listing().isEmpty)
        #expect(try !store.remove())
    }

    @Test func emptyTokenIsRefused() throws {
        let store = TokenStore(tokenPath: try TemporaryFolder().file("token"))
        #expect { try store.save(token: " \n") } throws: { ($0 as? HubError)?.code == .badToken }
    }

    @Test("another stored token becomes the active one") func activation() throws {
        let folder = try TemporaryFolder()
        let store = TokenStore(tokenPath: folder.file("hf/token"))
        try store.save(token: "hf_one", name: "one")
        try store.save(token: "hf_two", name: "two")
        #expect(store.tokens().map(\.name) == ["one", "two"])
        try store.activate(name: "one")
        #expect(store.current() == "hf_one")
        #expect(try mode(folder.file("hf/token")) == 0o600)
        let error = #expect(throws: HubError.self) { try store.activate(name: "three") }
        #expect(error?.code == .tokenNotFound)
        #expect(store.current() == "hf_one")
    }
}
