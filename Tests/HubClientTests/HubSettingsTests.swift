import Foundation
import HubWire
import Testing

@testable import HubClient

@Suite struct HubSettingsTests {
    private func settings(_ environment: [String: String]) -> HubSettings {
        HubSettings(environment: environment, home: "/home/nobody")
    }

    @Test func defaults() {
        let settings = settings([:])
        #expect(settings.endpoint == "https://huggingface.co")
        #expect(settings.cacheDirectory == "/home/nobody/.cache/huggingface/hub")
        #expect(settings.tokenPath == "/home/nobody/.cache/huggingface/token")
        #expect(
            settings.token == nil && !settings.isOffline && !settings.disablesSymlinks && !settings.disablesSharedBlobs)
    }

    @Test func foldersFollowTheEnvironment() {
        #expect(settings(["XDG_CACHE_HOME": "/x"]).cacheDirectory == "/x/huggingface/hub")
        #expect(settings(["HF_HOME": "~/hf", "XDG_CACHE_HOME": "/x"]).cacheDirectory == "/home/nobody/hf/hub")
        #expect(settings(["HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old"]).cacheDirectory == "/old")
        #expect(settings(["HF_HUB_CACHE": "/new", "HUGGINGFACE_HUB_CACHE": "/old"]).cacheDirectory == "/new")
        #expect(settings(["HF_HOME": "/h"]).tokenPath == "/h/token")
        #expect(settings(["HF_TOKEN_PATH": "/t/token", "HF_HOME": "/h"]).tokenPath == "/t/token")
    }

    @Test func endpointLosesItsSlashes() {
        #expect(settings(["HF_ENDPOINT": "http://127.0.0.1:8080//"]).endpoint == "http://127.0.0.1:8080")
        #expect(settings(["HF_ENDPOINT": ""]).endpoint == "https://huggingface.co")
    }

    @Test(arguments: ["1", "on", "YES", "True"])
    func truthyWords(word: String) {
        #expect(settings(["HF_HUB_OFFLINE": word]).isOffline)
        #expect(settings(["TRANSFORMERS_OFFLINE": word]).isOffline)
        #expect(settings(["HF_HUB_DISABLE_SYMLINKS": word]).disablesSymlinks)
        #expect(settings(["HF_HUB_DISABLE_SHARED_BLOBS": word]).disablesSharedBlobs)
        #expect(settings(["HF_HUB_DISABLE_XET": word]).disablesXet)
    }

    @Test(arguments: ["0", "off", "no", "", "2"])
    func otherWords(word: String) { #expect(!settings(["HF_HUB_OFFLINE": word]).isOffline) }

    @Test func tokenOrder() throws {
        let folder = try TemporaryFolder()
        try folder.write("  hf_file\r\n", to: "token")
        let environment = ["HF_TOKEN_PATH": folder.file("token")]
        #expect(settings(environment).token == "hf_file")
        #expect(settings(environment.merging(["HF_TOKEN": " hf_env\n"]) { $1 }).token == "hf_env")
        #expect(settings(environment.merging(["HUGGING_FACE_HUB_TOKEN": "hf_old"]) { $1 }).token == "hf_old")
        #expect(settings(environment.merging(["HF_TOKEN": " \n"]) { $1 }).token == "hf_file")
        #expect(
            settings(environment.merging(["HF_HUB_DISABLE_IMPLICIT_TOKEN": "1", "HF_TOKEN": "x"]) { $1 }).token == nil)
    }
}

@Suite struct RepoReferenceTests {
    @Test(arguments: [
        ("ns/name", RepoType.model, "ns/name", nil as String?), ("gpt2", .model, "gpt2", nil),
        ("datasets/ns/name", .dataset, "ns/name", nil), ("spaces/ns/name", .space, "ns/name", nil),
        ("models/ns/name", .model, "ns/name", nil), ("ns/name@v1", .model, "ns/name", "v1"),
        ("hf://ns/name", .model, "ns/name", nil), ("hf://datasets/ns/name@rev", .dataset, "ns/name", "rev"),
        ("hf://ns/name@refs/pr/3", .model, "ns/name", "refs/pr/3"), ("hf://ns/name@a%2Fb", .model, "ns/name", "a/b"),
        ("hf://gpt2@main", .model, "gpt2", "main"), ("hf://ns/name/", .model, "ns/name", nil),
    ])
    func parses(text: String, type: RepoType, id: String, revision: String?) throws {
        let reference = try RepoReference(parsing: text)
        #expect(reference.type == type && reference.id.description == id && reference.revision == revision)
    }

    @Test(arguments: [
        "", "/", "a/b/c", "/name", "datasets", "ns/na me", "ns/..", "hf://", "hf://ns/name@", "hf://ns/name@../x",
        "a--b/c", "ns/name@",
        "hf://ns//name", "datasets/", "hf://ns/name/file",
    ])
    func refuses(text: String) {
        #expect { try RepoReference(parsing: text) } throws: { ($0 as? HubError)?.code == .badReference }
    }

    @Test func locationsHavePaths() throws {
        let location = try RepoLocation(parsing: "hf://datasets/ns/name@v1/data/train/")
        #expect(location.repo.type == .dataset && location.repo.revision == "v1" && location.path == "data/train/")
        #expect(try RepoLocation(parsing: "hf://ns/name/a/b.txt").path == "a/b.txt")
        #expect(try RepoLocation(parsing: "hf://ns/name@refs/pr/1/a.txt").path == "a.txt")
    }
}
