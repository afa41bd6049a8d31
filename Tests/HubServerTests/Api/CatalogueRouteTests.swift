import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HubServer

@Suite("Lists, searches and cards", .timeLimit(.minutes(2)))
struct CatalogueRouteTests {
    private static func names(_ hub: HubTestClient, _ query: String, as user: String? = nil) async throws -> [String] {
        var path: String? = "/api/models?" + query
        var names: [String] = []
        while let next = path {
            let page = try await hub.get(next, as: user)
            names += try page.jsonArray.compactMap { $0["id"] as? String }
            path = try page.header("link").map(nextPath)
        }
        return names
    }

    @Test("nobody sees a private repository in a list who may not see it elsewhere")
    func privacy() async throws {
        try await HubFixture().run { hub in
            try await hub.create("open")
            try await hub.create("secret", isPrivate: true)
            for user in [nil, "bob", "carol"] {
                #expect(try await Self.names(hub, "", as: user) == ["alice/open"])
                #expect(try await Self.names(hub, "search=secret", as: user).isEmpty)
                let quick = try await hub.get("/api/quicksearch?q=secret", as: user).json
                #expect((quick["models"] as? [Any])?.isEmpty == true && quick["modelsCount"] as? Int == 0)
                let overview = try await hub.get("/api/users/alice/overview", as: user).json
                #expect(overview["numModels"] as? Int == 1)
            }
            for user in ["alice", "root"] {
                #expect(try await Self.names(hub, "", as: user).sorted() == ["alice/open", "alice/secret"])
            }
            let own = try await hub.get("/api/settings/repositories", as: "alice").jsonArray
            #expect(
                own.map { $0["visibility"] as? String }.sorted { ($0 ?? "") < ($1 ?? "") } == ["private", "public"])
            #expect(try await hub.get("/api/settings/repositories").status == .unauthorized)
        }
    }

    @Test("order, pages, filters")
    func search() async throws {
        try await HubFixture().run { hub in
            for index in 0..<5 { try await hub.create("bert-\(index)") }
            try await hub.create("llama", as: "bob")
            let all = (0..<5).reversed().map { "alice/bert-\($0)" }
            #expect(try await Self.names(hub, "author=alice&sort=createdAt&limit=2") == all)
            #expect(try await Self.names(hub, "author=alice&sort=createdAt&direction=1&limit=2") == all.reversed())
            #expect(try await Self.names(hub, "search=BERT%20-3") == ["alice/bert-3"])
            #expect(try await Self.names(hub, "search=100%25_") == [])
            #expect(try await Self.names(hub, "author=bob") == ["bob/llama"])
            let card = """
                ---
                license: mit
                language: [en, no]
                tags:
                - tiny
                pipeline_tag: text-generation
                library_name: transformers
                ---
                # Text
                """
            _ = try await hub.commit(
                "bob/llama", as: "bob",
                [
                    HubTestClient.file("README.md", card),
                    HubTestClient.file("config.json", #"{"model_type":"llama","architectures":["L"],"x":1}"#),
                ])
            #expect(try await Self.names(hub, "filter=tiny&filter=license:mit") == ["bob/llama"])
            #expect(try await Self.names(hub, "filter=tiny&filter=gpl") == [])
            #expect(try await Self.names(hub, "pipeline_tag=text-generation&gated=False") == ["bob/llama"])
            #expect(try await Self.names(hub, "gated=true") == [])
            let info = try await hub.get("/api/models/bob/llama").json
            #expect(info["library_name"] as? String == "transformers")
            #expect((info["cardData"] as? [String: Any])?["language"] as? [String] == ["en", "no"])
            #expect((info["config"] as? [String: Any])?.keys.sorted() == ["architectures", "model_type"])
            let some = try await hub.get("/api/models/bob/llama?expand=sha&expand=tags&expand=nonsense").json
            #expect(some.keys.sorted() == ["_id", "id", "sha", "tags"])
            let tags = try #require(some["tags"] as? [String])
            #expect(tags.contains("llama") && tags.contains("no") && tags.contains("license:mit"))
            let full = try await hub.get("/api/models?author=bob&full=True&cardData=True&config=True").jsonArray
            #expect((full.first?["siblings"] as? [Any])?.count == 3)
            #expect(full.first?["cardData"] is [String: Any])
            let many = (0..<2000).map { "filter=t\($0)" }.joined(separator: "&")
            #expect(try await hub.get("/api/models?" + many).status == .badRequest)
            let long = (0..<2000).map { "w\($0)" }.joined(separator: "%20")
            #expect(try await Self.names(hub, "search=" + long) == [])
            #expect(try await hub.get("/api/models?sort=odd").status == .badRequest)
            #expect(try await hub.get("/api/models?cursor=odd").status == .badRequest)
        }
    }

    @Test("a broken card stops no commit, and is refused when it is checked")
    func brokenCard() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let deep = String(repeating: "[", count: 5000)
            for text in ["---\na: [\n---\n", "---\n- a\n---\n", "---\na: \(deep)\n---\n", "---\nlicense: [1]\n---"] {
                let done = try await hub.commit("alice/m1", [HubTestClient.file("README.md", text)])
                #expect(done.status == .ok)
                let content = try JSONValue.object(["content": .string(text), "repoType": "model"]).stored()
                let check = try await hub.send(.post, "/api/validate-yaml", as: "alice", body: content)
                #expect(check.status == .badRequest, "\(text.prefix(40))")
                #expect((try check.json["errors"] as? [[String: String]])?.first?["message"] != nil)
            }
            let fine = try await hub.send(
                .post, "/api/validate-yaml", body: ##"{"content":"# no card","repoType":"model"}"##)
            #expect(fine.status == .ok)
            #expect((try fine.json["warnings"] as? [Any])?.count == 1)
        }
    }

    @Test("downloads are counted by the mark that clients give them")
    func downloads() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let sha = try #require(try await hub.get("/api/models/alice/m1").json["sha"] as? String)
            let mark: HTTPFields = [try #require(HTTPField.Name("x-hf-download-counter")): "1"]
            _ = try await hub.get("/api/models/alice/m1/revision/main", headers: mark)
            _ = try await hub.send(.head, "/alice/m1/resolve/\(sha)/.gitattributes", headers: mark)
            _ = try await hub.send(.head, "/alice/m1/resolve/main/.gitattributes", headers: mark)
            _ = try await hub.send(.head, "/alice/m1/resolve/main/.gitattributes")
            #expect(try await hub.get("/api/models/alice/m1").json["downloads"] as? Int == 2)
            for _ in 0..<70 { _ = try await hub.get("/api/models/alice/m1/revision/main", headers: mark) }
            #expect(try await hub.get("/api/models/alice/m1").json["downloads"] as? Int == 72)
        }
    }
}

@Suite("Front matter")
struct FrontMatterTests {
    @Test("values keep their kinds")
    func kinds() throws {
        let text = """
            \u{FEFF}---\r
            a: no
            b: true
            c: 12
            d: 1.5e3
            e: "12"
            f: ~
            g: 2024-01-01
            h: [x, {y: z}]
            i: |
              two
              lines
            ---
            body
            """
        let block = try #require(FrontMatter.block(of: text))
        let data = try FrontMatter.parse(block)
        #expect(data["a"] == "no" && data["b"] == true && data["c"] == 12 && data["d"] == .number(1500))
        #expect(data["e"] == "12" && data["f"] == .null && data["g"] == "2024-01-01")
        #expect(data["h"] == ["x", ["y": "z"]])
        #expect(data["i"] == "two\nlines\n" || data["i"] == "two\nlines")
    }

    @Test("what is no front matter")
    func none() {
        for text in ["", "# a", "---", "---\na: b", "----\na: b\n---\n", " ---\na\n---"] {
            #expect(FrontMatter.block(of: text) == nil, "\(text)")
        }
        #expect(FrontMatter.block(of: "---\n---\n")?.isEmpty == true)
    }

    @Test(
        "hostile text is refused quickly",
        arguments: [
            String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
            String(repeating: "? ", count: 50_000), String(repeating: "{a: ", count: 20_000),
            "a: &a [x]\n"
                + (0..<40).map {
                    "k\($0): &k\($0) [*\($0 == 0 ? "a" : "k\($0 - 1)"), *\($0 == 0 ? "a" : "k\($0 - 1)")]\n"
                }.joined(),
            (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            "a: b\na: c", "a: *nope", "\u{0}", "a: \"\\xZZ\"", String(repeating: "x", count: 600 << 10),
        ])
    func hostile(text: String) {
        let clock = ContinuousClock()
        let time = clock.measure { #expect(throws: FrontMatter.Problem.self) { try FrontMatter.parse(text) } }
        #expect(time < .seconds(5))
    }
}

@Suite("Rules of .gitignore")
struct GitIgnoreTests {
    @Test(
        "as git reads them",
        arguments: [
            ("*.log", "a.log", true), ("*.log", "d/a.log", true), ("/a", "a", true), ("/a", "d/a", false),
            ("build/", "build/x", true), ("build/", "build", false), ("build/", "d/build/x", true),
            ("a/b", "a/b/c", true), ("a/b", "x/a/b", false), ("*.log\n!keep.log", "keep.log", false),
            ("d/\n!d/keep", "d/keep", true), ("# note\n\n*.tmp   ", "x.tmp", true), ("**/z", "a/b/z", true),
            ("doc/**", "doc/x/y", true), ("\\#x", "#x", true),
        ])
    func rules(text: String, path: String, expected: Bool) throws {
        #expect(GitIgnore(parsing: text).ignores(try RepoPath(path)) == expected)
    }
}
