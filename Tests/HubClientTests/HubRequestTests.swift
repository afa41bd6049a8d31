import Foundation
import HubWire
import NIOCore
import NIOHTTP1
import Synchronization
import Testing
import XetClient

@testable import HubClient

@Suite struct HubRequestTests {
    private let repo: RepoReference

    init() throws { repo = try RepoReference(parsing: "ns/name") }

    @Test func treeFollowsPages() async throws {
        func page(_ names: [String]) -> String {
            let entries = names.map {
                TreeEntry(type: .file, path: $0, oid: String(repeating: "a", count: 40), size: 1)
            }
            return String(decoding: (try? JSONEncoder().encode(entries)) ?? Data(), as: UTF8.self)
        }
        let (first, second) = (page(["a"]), page(["b"]))
        try await withHub { request in
            if request.target.contains("cursor=x%2C1") { return .text(second) }
            let host = request.headers.first(name: "Host") ?? ""
            let link = "<http://\(host)\(request.target)&cursor=x%2C1>; rel=\"next\", <http://\(host)/>; rel=\"first\""
            return .text(first, headers: [("Link", link)])
        } _: { hub, server, _ in
            let entries = try await hub.tree(repo, path: "sub dir", recursive: true)
            #expect(entries.map(\.path) == ["a", "b"])
            #expect(server.requests.count == 2)
            #expect(server.requests[0].target == "/api/models/ns/name/tree/main/sub%20dir?recursive=true&expand=false")
            #expect(server.requests.allSatisfy { $0.headers.first(name: "Authorization") == "Bearer hf_secret" })
        }
    }

    @Test func treeThatNeverEndsIsRefused() async throws {
        try await withHub { request in
            .text("[]", headers: [("Link", "<\(request.target)>; rel=next")])
        } _: { hub, _, _ in
            _ = try await hubError(.notAHub) { _ = try await hub.tree(repo, recursive: true) }
        }
    }

    @Test func tokenStaysAtItsOrigin() async throws {
        try await FakeHub.withServer { _ in
            .text("[]")
        } _: { other in
            let elsewhere = other.url
            try await withHub { request in
                request.path.hasSuffix("/refs")
                    ? .text("", status: 307, headers: [("Location", elsewhere + "/stolen")])
                    : .text("[]", headers: [("Link", "<\(elsewhere)/page2>; rel=\"next\"")])
            } _: { hub, _, _ in
                _ = try await hub.tree(repo, recursive: false)
                _ = try? await hub.refs(repo)
            }
            #expect(other.requests.map(\.target) == ["/page2", "/stolen"])
            #expect(other.requests.allSatisfy { !$0.headers.contains(name: "Authorization") })
        }
    }

    @Test func revisionIsOneSegment() async throws {
        try await withHub { _ in
            .text(#"{"id":"ns/name","sha":"x"}"#)
        } _: { hub, server, _ in
            _ = try await hub.repoInfo(RepoReference(type: .dataset, id: repo.id, revision: "refs/pr/1"), files: true)
            #expect(server.lines == ["GET /api/datasets/ns/name/revision/refs%2Fpr%2F1?blobs=true"])
        }
    }

    @Test func patience() async throws {
        let failures = Mutex(2)
        try await withHub { request in
            let fails = failures.withLock { left in
                left -= 1
                return left >= 0
            }
            return fails ? FakeHub.Reply(503, headers: [("Retry-After", "0")]) : .text("[]")
        } _: { hub, server, _ in
            _ = try await hub.tree(repo, recursive: true)
            #expect(server.requests.count == 3)
            failures.withLock { $0 = 100 }
            server.forget()
            _ = try await hubError(.serverError) { _ = try await hub.createRepo(repo) }
            #expect(server.requests.count == 1)
        }
    }

    @Test func otherServersAreRecognised() async throws {
        try await withHub { _ in
            .text("<html>hello</html>")
        } _: { hub, _, _ in
            _ = try await hubError(.notAHub) { _ = try await hub.repoInfo(repo) }
        }
        let folder = try TemporaryFolder()
        try await withHub(endpoint: "http://127.0.0.1:1", folder: folder) { hub in
            let error = try await hubError(.connectionRefused) { _ = try await hub.whoAmI() }
            #expect(error.hint?.contains("http://127.0.0.1:1") == true)
        }
    }

    @Test func offlineAsksNobody() async throws {
        try await withHub({ _ in .text("{}") }, settings: { $0.isOffline = true }) { hub, server, _ in
            _ = try await hubError(.offline) { _ = try await hub.repoInfo(repo) }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func whoAmIWantsAToken() async throws {
        try await withHub({ _ in .text(#"{"type":"user","name":"alice","orgs":[]}"#) }) { hub, _, _ in
            let me = try await hub.whoAmI()
            #expect(me.name == "alice")
        }
        try await withHub({ _ in .text("{}") }, settings: { $0.token = nil }) { hub, _, _ in
            _ = try await hubError(.notLoggedIn) { _ = try await hub.whoAmI() }
        }
    }

    @Test func xetTokensInBothForms() async throws {
        let headers = [
            ("X-Xet-Cas-Url", "http://cas/x/"), ("X-Xet-Access-Token", "t"), ("X-Xet-Token-Expiration", "17"),
        ]
        for reply in [
            FakeHub.Reply.text(#"{"casUrl":"http://cas/x/","accessToken":"t","exp":17}"#), .text("", headers: headers),
        ] {
            try await withHub { _ in
                reply
            } _: { hub, server, _ in
                let token = try await hub.xetToken(repo, .write)
                #expect(token.casURL == "http://cas/x" && token.accessToken == "t" && token.expiry == 17)
                #expect(server.lines == ["GET /api/models/ns/name/xet-write-token/main"])
            }
        }
    }

    @Test(arguments: [
        (404, "RepoNotFound", nil as String?, HubError.Code.repoNotFound), (401, "RepoNotFound", nil, .repoNotFound),
        (401, "GatedRepo", "ask", .gated), (403, "GatedRepo", nil, .gated),
        (404, "RevisionNotFound", nil, .revisionNotFound),
        (404, "EntryNotFound", nil, .entryNotFound),
        (401, "", "Invalid credentials in Authorization header", .badToken),
        (403, "", "Access to this resource is disabled.", .disabled), (403, "", "no", .forbidden),
        (409, "", nil, .conflict),
        (412, "", nil, .conflict), (429, "", nil, .rateLimited), (500, "", nil, .serverError),
        (400, "", "bad", .badRequest),
        (404, "", nil, .notAHub), (401, "", nil, .badToken),
    ])
    func statusesBecomeErrors(status: Int, code: String, message: String?, expected: HubError.Code) {
        var headers: HTTPHeaders = ["X-Request-Id": "r-7"]
        if !code.isEmpty { headers.add(name: "X-Error-Code", value: code) }
        if let message { headers.add(name: "X-Error-Message", value: message) }
        let reply = HubReply(
            status: status, headers: headers, body: ByteBuffer(), url: "https://hub.example/api/x?s=secret")
        let error = HubError(reply, subject: HubErrorSubject(repo: repo, hasToken: true))
        #expect(error.code == expected)
        #expect(error.status == status && error.requestID == "r-7")
        #expect(error.message.contains("hub.example") && !error.message.contains("secret"))
        #expect(!error.message.contains("\n"))
    }

    @Test func messagesComeFromJSONBodies() {
        for body in [#"{"error":"too\nlong"}"#, #"{"error":["too","long"]}"#, #"{"errors":[{"message":"too long"}]}"#] {
            let reply = HubReply(status: 400, headers: [:], body: ByteBuffer(string: body), url: "http://h/")
            let error = HubError(reply, subject: HubErrorSubject())
            #expect(error.message.contains("too") && error.message.contains("long") && !error.message.contains("\n"))
        }
    }

    @Test func linkHeaders() {
        #expect(LinkHeader.next(["Link": "<http://h/a?x=1,2>; rel=\"next\""]) == "http://h/a?x=1,2")
        #expect(LinkHeader.next(["Link": "<http://h/p>; rel=\"prev\", </n>; title=\"x\"; rel=next"]) == "/n")
        #expect(LinkHeader.next(["Link": "<http://h/p>; rel=\"prev\""]) == nil)
        #expect(LinkHeader.next(["Link": "rel=next"]) == nil)
        #expect(LinkHeader.next([:]) == nil)
    }
}
