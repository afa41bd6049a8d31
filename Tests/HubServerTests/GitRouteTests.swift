import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import HubServer

@Suite("What git asks of the hub", .timeLimit(.minutes(2)))
struct GitRouteTests {
    @Test("objects of every size are files that git reads", arguments: [0, 1, 65_520, 65_535, 65_536, 300_000])
    func looseObjects(_ size: Int) throws {
        let scratch = try ScratchFolder()
        let git = try GitProgram(in: scratch.url)
        let content = Data(SampleContent.random.bytes(size, seed: UInt64(size)))
        let id = "\(GitObjectID(hashing: content, kind: "blob"))"
        let folder = scratch.url.appendingPathComponent(".git/objects/\(id.prefix(2))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try LooseObject.encode(content, kind: "blob").write(to: folder.appendingPathComponent(String(id.dropFirst(2))))
        #expect(try git.run(["cat-file", "blob", id]) == content)
        _ = try git.run(["fsck", "--strict"])
    }

    @Test("who may clone, and how it is said")
    func access() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            try await hub.create("secret", isPrivate: true)
            let refs = "/info/refs?service=git-upload-pack"
            for path in ["/alice/m1", "/alice/m1.git"] {
                let reply = try await hub.get(path + refs)
                #expect(reply.status == .ok && reply.text.contains("refs/heads/main"), "\(reply.text)")
                #expect(reply.header("content-type") == "application/x-git-upload-pack-advertisement")
            }
            for path in ["/alice/secret", "/alice/nothing"] {
                let reply = try await hub.get(path + refs)
                #expect(reply.status == .unauthorized)
                #expect(reply.header("www-authenticate")?.hasPrefix("Basic ") == true)
                #expect(try await hub.get(path + refs, as: "bob").status == .notFound)
            }
            #expect(try await hub.get("/alice/secret" + refs, as: "alice").status == .ok)
            #expect(try await hub.get("/alice/m1" + refs, as: "hf_wrong").status == .unauthorized)
            #expect(try await hub.get("/alice/m1/info/refs").status == .forbidden)

            let push = "/alice/m1/info/refs?service=git-receive-pack"
            #expect(try await hub.get(push).status == .unauthorized)
            let refused = try await hub.get(push, as: "alice")
            #expect(refused.status == .forbidden && refused.text.contains("hf upload"))
            #expect(refused.header("content-type")?.hasPrefix("text/plain") == true)
            let form: HTTPFields = [.contentType: "text/plain"]
            let odd = try await hub.send(.post, "/alice/m1/git-upload-pack", headers: form, body: "0000")
            #expect(odd.status == .unsupportedMediaType)
        }
    }

    @Test("without git there is no program to ask")
    func noGit() {
        #expect(InstalledGit(searching: "/nonexistent") == nil)
    }
}
