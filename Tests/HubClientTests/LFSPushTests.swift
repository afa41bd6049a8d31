import Foundation
import HubWire
import NIOHTTP1
import Testing
import Transfer

@testable import HubClient

/// Uploads to a hub that knows LFS but no Xet.
@Suite struct LFSPushTests {
    private let repo: RepoReference

    init() throws { repo = try RepoReference(parsing: "ns/name") }

    private func push(_ hub: Hub, _ path: String) async throws -> PushResult {
        try await hub.push(PushRequest(repo: repo, localPath: path), observer: SilentObserver())
    }

    /// Runs a push of `files` to a hub with LFS; Xet is off, or missing at the hub.
    private func withStore(
        _ store: LFSStore, disablesXet: Bool = true,
        _ body: (Hub, FakeHub, TemporaryFolder) async throws -> Void
    ) async throws {
        let model = ModelRepo([:])
        try await withHub { request in
            store.handle(request) ?? model.handle(request)
        } settings: {
            $0.disablesXet = disablesXet
        } _: { hub, server, folder in
            try await body(hub, server, folder)
        }
    }

    private static func bytes(_ count: Int, seed: UInt64 = 7) -> Data {
        var generator = SeededGenerator(seed: seed)
        return Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    @Test(arguments: [true, false])
    func basicUploadThenCommit(disablesXet: Bool) async throws {
        let store = LFSStore()
        try await withStore(store, disablesXet: disablesXet) { hub, server, folder in
            let data = Self.bytes(2_500_000)
            try folder.write(data, to: "src/a.bin")
            try folder.write(data, to: "src/twin.bin")
            try folder.write("text", to: "src/readme.txt")
            let result = try await push(hub, folder.file("src"))
            #expect(store.objects == [ModelRepo.sha256(data): data])
            #expect(result.files == 3 && result.newBytes == 2_500_004 && result.dedupedBytes == 2_500_000)
            let commit = try #require(server.requests.last?.body)
            #expect(commit.contains(#""oid":"\#(ModelRepo.sha256(data))""#) && commit.contains(#""path":"twin.bin""#))
            let puts = server.requests.filter { $0.method == "PUT" }
            #expect(puts.count == 1 && puts.allSatisfy { !$0.headers.contains(name: "Authorization") })
            let verifies = server.requests.filter { $0.path == "/verify" }
            #expect(verifies.count == 1)
            #expect(verifies.allSatisfy { $0.headers.first(name: "Authorization") == "Bearer hf_secret" })
            let batch = try #require(server.requests.first { $0.path.hasSuffix("/objects/batch") })
            #expect(batch.path == "/ns/name.git/info/lfs/objects/batch")
            #expect(batch.headers.first(name: "Accept") == "application/vnd.git-lfs+json")

            server.forget()
            _ = try await push(hub, folder.file("src"))
            #expect(!server.lines.contains { $0.hasPrefix("PUT") }, "what the hub has is sent again")
        }
    }

    @Test func partsTravelAtOnceAndAreJoinedInOrder() async throws {
        let store = LFSStore(partBytes: 700_000)
        try await withStore(store) { hub, server, folder in
            let data = Self.bytes(5_000_001)
            _ = try await push(hub, try folder.write(data, to: "big.bin"))
            #expect(store.objects == [ModelRepo.sha256(data): data])
            #expect(server.requests.count { $0.method == "PUT" } == 8)
            #expect(
                server.requests.filter { $0.path.hasPrefix("/complete") }.allSatisfy {
                    !$0.headers.contains(name: "Authorization")
                })
        }
    }

    @Test(arguments: [LFSStore.Fault.failsOnce, .expiresOnce, .losesPartOnce])
    func partsAreRepeated(fault: LFSStore.Fault) async throws {
        let store = LFSStore(partBytes: 1_000_000, fault: fault)
        try await withStore(store) { hub, _, folder in
            let data = Self.bytes(3_500_000)
            _ = try await push(hub, try folder.write(data, to: "big.bin"))
            #expect(store.objects == [ModelRepo.sha256(data): data])
        }
    }

    @Test func refusalsAreQuoted() async throws {
        let store = LFSStore(fault: .refuses)
        try await withStore(store) { hub, server, folder in
            let file = try folder.write(Self.bytes(100), to: "big.bin")
            let error = try await hubError(.badRequest) { _ = try await push(hub, file) }
            #expect(error.message.contains("'big.bin'") && error.message.contains("quota exceeded"))
            #expect(!server.lines.contains { $0.contains("/commit/") })
        }
    }

    @Test func badAddressesAreNoticed() async throws {
        let action = Data(#"{"href":"http://h/c","header":{"chunk_size":"10","00001":"http://h/1"}}"#.utf8)
        let decoded = try JSONDecoder().decode(LFSBatchReply.Action.self, from: action)
        #expect(
            LFSUploadPlan(decoded, size: 10)
                == .multipart(parts: ["http://h/1"], partBytes: 10, completion: "http://h/c"))
        #expect(LFSUploadPlan(decoded, size: 11) == nil)
        let numbers = Data(#"{"href":"http://h/c","header":{"chunk_size":5,"2":"b","1":"a"}}"#.utf8)
        #expect(
            LFSUploadPlan(try JSONDecoder().decode(LFSBatchReply.Action.self, from: numbers), size: 10)
                == .multipart(parts: ["a", "b"], partBytes: 5, completion: "http://h/c"))
    }

    @Test func filesThatChangeMeanwhileAreReported() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("big.bin")
        let store = LFSStore(onPut: { try? Data("other".utf8).write(to: URL(fileURLWithPath: path)) })
        let model = ModelRepo([:])
        try await FakeHub.withServer({ store.handle($0) ?? model.handle($0) }) { server in
            try await withHub(endpoint: server.url, folder: folder, settings: { $0.disablesXet = true }) { hub in
                try folder.write(Self.bytes(400_000), to: "big.bin")
                _ = try await hubError(.fileChanged) { _ = try await push(hub, path) }
                #expect(!server.lines.contains { $0.contains("/commit/") })
            }
        }
    }
}
