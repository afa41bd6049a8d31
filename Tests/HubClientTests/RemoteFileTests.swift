import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import Testing
import Transfer

@testable import HubClient

@Suite struct RemoteFileTests {
    private let repo: RepoReference
    private static let weights = String(repeating: "0123456789", count: 300_000)
    private let model = ModelRepo(["README.md": "hello", "sub/ünï.txt": "content"], lfs: ["weights.dat": weights])

    init() throws { repo = try RepoReference(parsing: "ns/name") }

    /// The model's hub with HEAD, and with ranges unless told otherwise.
    private func serve(ranges: Bool = true) -> FakeHub.Handler {
        { [model] request in
            guard request.path.hasPrefix("/ns/name/resolve/") else { return model.handle(request) }
            var asGet = request
            asGet.method = "GET"
            var reply = model.handle(asGet)
            if request.method == "HEAD" {
                reply.headers.append(("Content-Length", String(reply.body.count)))
                reply.body = Data()
            } else if ranges, let text = request.headers.first(name: "Range") {
                let bounds = text.dropFirst(6).split(separator: "-").compactMap { Int($0) }
                let size = reply.body.count
                reply.status = 206
                reply.headers.append(("Content-Range", "bytes \(bounds[0])-\(bounds[1])/\(size)"))
                reply.body = reply.body[bounds[0]...bounds[1]]
            }
            return reply
        }
    }

    @Test func metadataIsOneRequestWithoutContent() async throws {
        try await withHub(serve()) { hub, server, _ in
            let facts = try await hub.metadata(of: "sub/ünï.txt", in: repo)
            #expect(facts.commit == ModelRepo.commit && facts.size == 7 && facts.xetHash == nil)
            #expect(facts.etag == ModelRepo.gitID(Data("content".utf8)))
            #expect(server.lines == ["HEAD /ns/name/resolve/main/sub/%C3%BCn%C3%AF.txt"])
        }
    }

    @Test func metadataOfARenamedRepoAndOfAStoreElsewhere() async throws {
        let handler: FakeHub.Handler = { request in
            switch request.path {
            case "/ns/name/resolve/main/f":
                .text("", status: 307, headers: [("Location", "/ns/other/resolve/main/f")])
            case "/ns/other/resolve/main/f":
                FakeHub.Reply(
                    302,
                    headers: [
                        ("Location", "http://127.0.0.9:1/blob?sig=x"), ("X-Repo-Commit", ModelRepo.commit),
                        ("X-Linked-Etag", "\"\(String(repeating: "ab", count: 32))\""), ("X-Linked-Size", "12345"),
                        ("ETag", "\"other\""),
                    ])
            default: .error(404)
            }
        }
        try await withHub(handler) { hub, _, _ in
            let facts = try await hub.metadata(of: "f", in: repo)
            #expect(facts.size == 12345 && facts.etag == String(repeating: "ab", count: 32))
        }
    }

    @Test func metadataFromSomethingThatIsNoHub() async throws {
        try await withHub({ _ in .text("<html>") }) { hub, _, _ in
            _ = try await hubError(.notAHub) { _ = try await hub.metadata(of: "f", in: repo) }
        }
        try await withHub(serve()) { hub, _, _ in
            _ = try await hubError(.entryNotFound) { _ = try await hub.metadata(of: "f", in: repo) }
        }
    }

    @Test(arguments: [true, false]) func readsRanges(ranges: Bool) async throws {
        try await withHub(serve(ranges: ranges)) { hub, _, _ in
            let file = try await hub.openFile("weights.dat", of: repo)
            #expect(file.size == 3_000_000 && !file.isCached)
            #expect(String(buffer: try await file.read(2_000_003..<2_000_012)) == "345678901")
            #expect(String(buffer: try await file.read(2_999_998..<4_000_000)) == "89")
            let part = try await file.stream(5..<6)
            #expect(part.verification == .none)
            _ = try await hubError(.badRequest) { _ = try await RemoteFile.hugeRead(of: file) }
        }
    }

    @Test func wholeStreamProvesItself() async throws {
        try await withHub(serve()) { hub, _, _ in
            let stream = try await hub.openFile("weights.dat", of: repo).stream()
            #expect(stream.verification == .atEnd)
            var text = ""
            for try await part in stream { text += String(buffer: part) }
            #expect(text == Self.weights)
        }
    }

    @Test func wrongBytesEndTheStreamWithAnError() async throws {
        let serve = serve()
        let handler: FakeHub.Handler = { request in
            var reply = serve(request)
            if request.method == "GET", reply.body.count > 1_000_000 { reply.body[1_000_000] ^= 1 }
            return reply
        }
        try await withHub(handler) { hub, _, _ in
            _ = try await hubError(.digestMismatch) {
                for try await _ in try await hub.openFile("weights.dat", of: repo).stream() {}
            }
        }
    }

    @Test func readsFromTheCacheAndNoticesDamage() async throws {
        try await withHub(serve()) { hub, server, folder in
            _ = try await hub.downloadFile("weights.dat", from: repo)
            server.forget()
            let file = try await hub.openFile("weights.dat", of: repo)
            #expect(file.isCached && server.lines == ["HEAD /ns/name/resolve/main/weights.dat"])
            #expect(String(buffer: try await file.read(11..<14)) == "123")

            var pinned = repo
            pinned.revision = ModelRepo.commit
            server.forget()
            let again = try await hub.openFile("weights.dat", of: pinned)
            #expect(again.isCached && server.lines.isEmpty)

            let blob = folder.file("hub/models--ns--name/blobs/\(file.metadata.etag)")
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: blob))
            try handle.seek(toOffset: 1_500_000)
            try handle.write(contentsOf: Data("x".utf8))
            try handle.close()
            _ = try await hubError(.digestMismatch) { for try await _ in try await file.stream() {} }
        }
    }
}

extension RemoteFile {
    fileprivate static func hugeRead(of file: RemoteFile) async throws -> ByteBuffer {
        var facts = file.metadata
        facts.size = 1 << 40
        return try await RemoteFile(metadata: facts, hub: file.hub, source: file.source).read(0..<1 << 31)
    }
}
