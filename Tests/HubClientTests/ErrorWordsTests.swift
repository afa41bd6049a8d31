import Foundation
import HubWire
import NIOCore
import NIOHTTP1
import Testing
import Transfer
import Transport

@testable import HubClient

/// What a user reads when a name is wrong: the sentence, the hint, the code.
@Suite struct ErrorWordsTests {
    private let repo: RepoReference

    init() throws { repo = try RepoReference(parsing: "ns/name") }

    private func pull(_ hub: Hub, _ request: PullRequest) async throws -> HubError {
        do {
            _ = try await hub.pull(request, observer: SilentObserver())
        } catch {
            return try #require(await hub.explained(error) as? HubError)
        }
        throw CancellationError()
    }

    @Test func hintsNameTheServerThatFailed() {
        func hint(_ code: TransportError.Code, _ url: String) -> String {
            HubError(
                transport: TransportError(code: code, message: "m", url: url), endpoints: ["http://a:1", "http://b:1"]
            ).hint ?? ""
        }
        #expect(
            hint(.connectionRefused, "http://b:1/api")
                == "is the hub running? check the address (HF_ENDPOINT or --endpoint): http://b:1")
        for code in [TransportError.Code.connectionRefused, .hostNotFound, .unreachable] {
            #expect(hint(code, "http://m:1/x").hasPrefix("http://m:1 is what the hub names, or a mirror"))
        }
    }

    @Test func misspeltRepositoryGetsNearNames() async throws {
        let known = [#"{"id":"acme/llama-7b"}"#, #"{"id":"other/lama-7b"}"#, #"{"id":"acme/unrelated"}"#]
        try await withHub { request in
            if request.path == "/api/models" { return .text("[\(known.joined(separator: ","))]") }
            return .error(404, "RepoNotFound")
        } _: { hub, server, _ in
            let error = try await pull(hub, PullRequest(repo: try RepoReference(parsing: "acme/lama-7b")))
            #expect(error.code == .repoNotFound && error.status == 404)
            #expect(
                error.message == "the model acme/lama-7b was not found at \(server.url), or the token may not see it")
            #expect(
                error.hint?.hasPrefix("did you mean 'acme/llama-7b' or 'other/lama-7b'?") == true, "\(error.hint ?? "")"
            )
        }
    }

    @Test func anotherTypeOfRepositoryIsPointedAt() async throws {
        try await withHub { request in
            request.path == "/api/datasets/ns/name" ? .text(#"{"id":"ns/name"}"#) : .error(404, "RepoNotFound")
        } _: { hub, _, _ in
            let error = try await pull(hub, PullRequest(repo: repo))
            #expect(error.hint == "there is a dataset of this name: datasets/ns/name")
        }
    }

    @Test func aSilentSearchDoesNotSpoilTheError() async throws {
        try await withHub { request in
            request.path == "/api/models" ? .text("<html>", status: 500) : .error(401, "RepoNotFound")
        } _: { hub, _, _ in
            let error = try await pull(hub, PullRequest(repo: repo))
            #expect(error.code == .repoNotFound && error.hint?.contains("--repo-type") == true)
        }
    }

    @Test func gatedRepositoriesNameTheirPage() async throws {
        try await withHub { _ in
            .error(403, "GatedRepo", "Access to model ns/name is restricted")
        } _: { hub, server, _ in
            let error = try await pull(hub, PullRequest(repo: repo))
            #expect(error.code == .gated && error.message.hasSuffix("is gated: Access to model ns/name is restricted"))
            #expect(error.hint == "ask for access at \(server.url)/ns/name")
        }
    }

    @Test func revisionsAndFilesGetNearNames() async throws {
        let model = ModelRepo(["config.json": "{}", "onnx/model.onnx": "x", "tokenizer.json": "t"])
        try await withHub { request in
            guard request.path.hasSuffix("/refs") else { return model.handle(request) }
            func ref(_ name: String, _ kind: String) -> String {
                #"{"name":"\#(name)","ref":"refs/\#(kind)/\#(name)","targetCommit":"\#(ModelRepo.commit)"}"#
            }
            return .text(
                #"{"branches":[\#(ref("main", "heads"))],"converts":[],"tags":[\#(ref("v1.0", "tags"))]}"#)
        } _: { hub, server, _ in
            var request = PullRequest(repo: RepoReference(type: .model, id: repo.id, revision: "v1.1"))
            let revision = try await pull(hub, request)
            #expect(revision.code == .revisionNotFound)
            #expect(revision.message == "the model ns/name at \(server.url) has no revision 'v1.1'")
            #expect(revision.hint?.hasPrefix("did you mean 'v1.0'?") == true)

            request = PullRequest(repo: RepoReference(type: .model, id: repo.id, revision: "something"))
            let unlike = try await pull(hub, request)
            #expect(unlike.hint == "its branches and tags: main, v1.0")

            request = PullRequest(repo: repo, files: ["confg.json"])
            let file = try await pull(hub, request)
            #expect(file.code == .entryNotFound)
            #expect(file.hint?.hasPrefix("did you mean 'config.json'?") == true)
            request = PullRequest(repo: repo, files: ["model.onnx"])
            let elsewhere = try await pull(hub, request)
            #expect(elsewhere.hint?.hasPrefix("did you mean 'onnx/model.onnx'?") == true)

            let none = try await pull(hub, PullRequest(repo: repo, include: ["*.gguf"]))
            #expect(none.code == .noMatch && none.message == "none of the 3 files of ns/name matches")
            #expect(none.hint?.hasPrefix("there are files of the kinds .json (2), .onnx (1)") == true)
        }
    }

    @Test func foreignPagesAreANetworksLogIn() async throws {
        try await FakeHub.withServer { _ in
            .text("<html>Welcome", headers: [("Content-Type", "text/html")])
        } _: { portal in
            let page = portal.url
            try await withHub { _ in
                .text("", status: 302, headers: [("Location", page + "/login")])
            } _: { hub, _, _ in
                let error = try await pull(hub, PullRequest(repo: repo))
                #expect(error.code == .captivePortal && error.hint?.contains(page) == true, "\(error)")
            }
        }
        try await withHub { _ in
            .error(511)
        } _: { hub, _, _ in
            let error = try await pull(hub, PullRequest(repo: repo))
            #expect(error.code == .captivePortal)
        }
    }

    @Test func otherServersAreNoHubs() async throws {
        let page = FakeHub.Reply.text("<html>Hi", headers: [("Content-Type", "text/html; charset=utf-8")])
        try await withHub { _ in
            page
        } _: { hub, server, _ in
            let error = try await pull(hub, PullRequest(repo: repo))
            #expect(error.code == .notAHub)
            #expect(error.message == "\(server.url) answers with a web page that is not the JSON of a hub")
            #expect(error.url == "\(server.url)/api/models/ns/name/revision/main" && error.status == 200)
        }
    }

    @Test func wrongClocksAreNoticed() {
        let reply = HubReply(
            status: 401, headers: ["Date": "Sat, 01 Jan 2000 00:00:00 GMT"], body: ByteBuffer(), url: "http://h/")
        let error = HubError(reply, subject: HubErrorSubject(hasToken: true))
        #expect(error.code == .clockWrong && error.message.contains("days ahead of the hub's"))
        #expect(error.hint?.hasPrefix("set the clock") == true)
    }

    @Test func writingWithAReadToken() {
        let reply = HubReply(status: 403, headers: [:], body: ByteBuffer(), url: "http://h/")
        let error = HubError(reply, subject: HubErrorSubject(repo: repo, hasToken: true, isWrite: true))
        #expect(
            error.code == .noWriteAccess && error.message == "the token may not write to the model ns/name at http://h")
        let anonymous = HubError(reply, subject: HubErrorSubject(repo: repo))
        #expect(anonymous.code == .forbidden && anonymous.hint?.contains("shoal login") == true)
    }

    @Test func serverFailuresNameAddressAndRequest() {
        let reply = HubReply(
            status: 503, headers: ["X-Request-Id": "r-9"], body: ByteBuffer(), url: "http://h/api/x?token=secret")
        let error = HubError(reply, subject: HubErrorSubject())
        #expect(error.message == "http://h/api/x failed with HTTP 503, request r-9")
        #expect(error.url == "http://h/api/x" && error.requestID == "r-9")
    }

    @Test(arguments: [
        (ENOSPC, HubError.Code.noSpace), (EDQUOT, .noSpace), (EROFS, .readOnly), (EACCES, .noPermission),
        (EPERM, .noPermission), (EIO, .localFile),
    ])
    func disksHaveTheirOwnCodes(code: Int32, expected: HubError.Code) {
        let error = Disk.failure("write", "/x", code)
        #expect(error.code == expected && (error.hint != nil) == (code != EIO))
    }

    @Test func aFullDiskIsNoticedBeforeTheFirstByte() async throws {
        let huge: Int64 = 1 << 41
        let model = ModelRepo(["a.bin": "x"])
        try await withHub { request in
            guard request.path.contains("/tree/") else { return model.handle(request) }
            let oid = String(repeating: "a", count: 40)
            return .text(#"[{"type":"file","path":"a.bin","oid":"\#(oid)","size":\#(huge)}]"#)
        } _: { hub, server, folder in
            let error = try await pull(hub, PullRequest(repo: repo))
            #expect(error.code == .noSpace && error.message.contains("2.2 TB") && error.message.contains("are missing"))
            #expect(!server.lines.contains { $0.contains("/resolve/") })
            let local = try await pull(hub, PullRequest(repo: repo, localDirectory: folder.file("here")))
            #expect(local.code == .noSpace)
        }
    }
}

@Suite struct NearNameTests {
    @Test func distances() {
        #expect(EditDistance.between("kitten", "sitting") == 3)
        #expect(EditDistance.nearest(to: "LLama-2", in: ["llama-2", "llama-3", "gpt2"]) == ["llama-2", "llama-3"])
        #expect(EditDistance.nearest(to: "x", in: ["y", "abc"]) == [])
    }

    @Test func sentences() {
        #expect(NearNames.hint([], else: "list them") == "list them")
        #expect(NearNames.hint(["a"], else: nil) == "did you mean 'a'?")
        #expect(NearNames.hint(["a", "b", "c"], else: "look") == "did you mean 'a', 'b' or 'c'? Else look")
        #expect(NearNames.kinds(of: ["a.bin", "b/c.bin", "README", ".gitattributes"]).hasPrefix(".bin (2)"))
    }
}
