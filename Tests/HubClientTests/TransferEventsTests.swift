import Foundation
import HubWire
import NIOHTTP1
import Synchronization
import TestSupport
import Testing
import Transfer

@testable import HubClient

@Suite struct TransferEventsTests {
    private let model = ModelRepo(["a": "1", "b": "22"], lfs: ["c": String(repeating: "x", count: 2_000_000)])

    @Test func pullTellsItsProgressAndEndsWithItsResult() async throws {
        try await withHub(model.handle) { hub, _, _ in
            let request = PullRequest(repo: try RepoReference(parsing: "ns/name"))
            var last: TransferSnapshot?
            var result: PullResult?
            for try await event in hub.pullEvents(request, every: .milliseconds(1)) {
                #expect(result == nil, "nothing comes after the result")
                switch event {
                case .progress(let snapshot):
                    #expect(snapshot.completedBytes >= last?.completedBytes ?? 0)
                    last = snapshot
                case .finished(let outcome): result = outcome
                }
            }
            #expect(result?.files.count == 3)
            #expect(hub.metrics.pulls == 1 && hub.metrics.pulledFiles == 3 && hub.metrics.receivedBytes >= 2_000_003)
        }
    }

    @Test func failureIsThrown() async throws {
        try await withHub({ _ in .error(404, "RepoNotFound") }) { hub, _, _ in
            let request = PullRequest(repo: try RepoReference(parsing: "ns/name"))
            _ = try await hubError(.repoNotFound) { for try await _ in hub.pullEvents(request) {} }
            #expect(hub.metrics.failedPulls == 1)
        }
    }

    @Test func aSlowReaderGetsTheNewestStateOnly() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let events = TransferEvents<Int>(interval: .milliseconds(1)) { observer in
            observer.began(TransferItem(name: "f", totalBytes: 1000))
            for _ in 0..<100 {
                observer.advanced("f", bytes: 10)
                try await Task.sleep(for: .milliseconds(2))
            }
            observer.finished("f", outcome: .transferred)
            end.finish()
            return 7
        }
        var seen = 0
        for try await event in events {
            seen += 1
            for await _ in ended {}
            if case .finished(let value) = event { #expect(value == 7) }
        }
        #expect(seen < 5)
    }

    @Test func leavingTheLoopCancelsTheWork() async throws {
        let cancelled = Mutex(false)
        let events = TransferEvents<Int>(interval: .milliseconds(1)) { observer in
            observer.began(TransferItem(name: "f", totalBytes: 1))
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                cancelled.withLock { $0 = true }
                throw error
            }
            return 0
        }
        for try await _ in events { break }
        try await eventually { cancelled.withLock { $0 } }
    }
}

@Suite struct TokenProviderTests {
    /// Its first token is stale.
    private final class Rotating: TokenProvider {
        let rejections = Mutex<[String]>([])

        func token(rejecting rejected: String?) async throws -> String? {
            if let rejected { rejections.withLock { $0.append(rejected) } }
            return rejections.withLock { $0.isEmpty } ? "hf_stale" : "hf_fresh"
        }
    }

    @Test func aRefusedTokenIsRenewedOnce() async throws {
        let handler: FakeHub.Handler = { request in
            request.headers.first(name: "Authorization") == "Bearer hf_fresh"
                ? .text(#"{"type":"user","name":"ann"}"#)
                : .error(401, nil, "Invalid credentials in Authorization header")
        }
        try await withHub(handler) { plain, server, _ in
            let tokens = Rotating()
            let hub = Hub(
                settings: plain.settings, transport: plain.transport, engine: plain.engine, tokens: tokens,
                logger: plain.logger)
            let me = try await hub.whoAmI()
            #expect(me.name == "ann")
            #expect(tokens.rejections.withLock { $0 } == ["hf_stale"])
            #expect(server.requests.count == 2)
        }
        try await withHub({ _ in .error(401, nil, "Invalid credentials in Authorization header") }) {
            plain, server, _ in
            let hub = Hub(
                settings: plain.settings, transport: plain.transport, engine: plain.engine, tokens: Rotating(),
                logger: plain.logger)
            _ = try await hubError(.badToken) { _ = try await hub.whoAmI() }
            #expect(server.requests.count == 2)
        }
    }
}
