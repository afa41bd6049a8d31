import HubClient
import HubWire
import Publish
import PublishWire
import Testing

@Suite("What is mirrored, and from where")
struct MirrorAddressTests {
    private let own = "https://hub.test"

    @Test(
        "Names and addresses that users type or paste",
        arguments: [
            ("org/model", "https://hub.test/org/model/resolve/"),
            ("datasets/org/data", "https://hub.test/datasets/org/data/resolve/"),
            ("https://hub.test/org/model", "https://hub.test/org/model/resolve/"),
            ("https://hub.test/org/model.git", "https://hub.test/org/model/resolve/"),
            ("https://huggingface.co/org/model", "https://hub.test/org/model/resolve/"),
            ("hf://datasets/org/data", "https://hub.test/datasets/org/data/resolve/"),
            ("https://other.test:8443/org/model/tree/main", "https://other.test:8443/org/model/resolve/"),
            ("http://127.0.0.1:99/datasets/org/data", "http://127.0.0.1:99/datasets/org/data/resolve/"),
        ])
    func parses(text: String, webSeed: String) throws {
        let address = try MirrorAddress(parsing: text, endpoint: own)
        #expect(address.webSeed == webSeed)
        // The agent hands on the page's whole address, and means the same by it.
        let again = try MirrorAddress(parsing: address.page, endpoint: own)
        #expect(again.page == address.page && again.repo.id == address.repo.id)
    }

    @Test("A revision is taken from the page")
    func revision() throws {
        let address = try MirrorAddress(parsing: "https://hub.test/org/model/tree/v1.0", endpoint: own)
        #expect(address.repo.effectiveRevision == "v1.0")
        #expect(address.at(revision: "v2").repo.effectiveRevision == "v2")
    }

    @Test(
        "What is no repository of a hub is refused",
        arguments: [
            "", "org/model/file.bin", "https://", "https://user:word@hub.test/org/model", "git@hub.test:org/model",
            "ssh://hub.test/org/model", "https://hub.test/org/model/blob/main/config.json", "file:///tmp/model",
            "../model", "https://hub.test/",
        ])
    func refuses(text: String) {
        #expect(throws: (any Error).self) { _ = try MirrorAddress(parsing: text, endpoint: own) }
    }

    @Test("A hub whose address has a password in it is not published")
    func credentials() {
        #expect(throws: PublishError.self) {
            _ = try MirrorAddress(parsing: "org/model", endpoint: "https://user:word@hub.test")
        }
    }

    @Test("The user's token is for the user's own hubs; one that is named for a run goes along")
    func tokens() throws {
        var settings = HubSettings(
            environment: ["HF_ENDPOINT": "https://hub.test", "HF_TOKEN": "hf_secret"], home: "/h")
        let foreign = try MirrorAddress(parsing: "https://other.test/org/model", endpoint: own)
        let home = try MirrorAddress(parsing: "org/model", endpoint: own)
        #expect(home.settings(from: settings).token == "hf_secret")
        let others = foreign.settings(from: settings)
        #expect(others.endpoint == "https://other.test" && others.token == nil && others.network.otherEndpoints.isEmpty)
        settings.isTokenExplicit = true
        #expect(foreign.settings(from: settings).token == "hf_secret")
    }

    @Test("Orders that cannot be are refused before anything is asked")
    func orders() throws {
        var order = MirrorOrder(try MirrorAddress(parsing: "org/model", endpoint: own))
        try order.check()
        order.depth = 1
        try order.check()
        let commit = String(repeating: "a", count: 40)
        order.address.repo.revision = commit
        #expect(throws: PublishError.self) { try order.check() }
        order.depth = 0
        try order.check()
        #expect(order.version(of: commit) == commit)
        order.skipsLarge = true
        #expect(order.version(of: commit) == commit + "+small")
        try ModelVersion.check(order.version(of: commit))
        let space = MirrorOrder(try MirrorAddress(parsing: "spaces/org/app", endpoint: own))
        #expect(throws: PublishError.self) { try space.check() }
    }

    @Test("A name of one half needs another to be published under")
    func halves() throws {
        let id = try #require(RepoID("gpt2"))
        var order = MirrorOrder(MirrorAddress(repo: RepoReference(type: .model, id: id), endpoint: own))
        #expect(throws: PublishError.self) { try order.check() }
        order.id = CatalogueID("openai/gpt2")
        try order.check()
    }

    @Test(
        "Each branch has a version for its history",
        arguments: [("main", "main"), ("v1.0", "v1.0"), ("feat/x", "feat+x")])
    func history(branch: String, version: String) throws {
        let address = try MirrorAddress(parsing: "org/model", endpoint: own).at(revision: branch)
        let history = GitHistory(address, depth: 1, id: try #require(CatalogueID("org/model")))
        #expect(history.version == version)
        #expect(try history.name().text == "org/model-git")
    }

    @Test("Branches whose names cannot be versions do not share one")
    func oddBranches() throws {
        let versions = try ["a~b", "ä", "-x", "feat/é"].map { branch in
            let address = try MirrorAddress(parsing: "org/model", endpoint: own).at(revision: branch)
            return GitHistory(address, depth: 1, id: try #require(CatalogueID("org/model"))).version
        }
        #expect(Set(versions).count == versions.count)
        for version in versions { try ModelVersion.check(version) }
    }
}
