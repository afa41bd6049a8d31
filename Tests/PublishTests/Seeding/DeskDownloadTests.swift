import PublishWire
import Synchronization
import Testing
import Torrents

@testable import Publish

/// Downloads that end when a test says so.
private final class FakeRunner: DownloadRunning {
    private struct State {
        var begun: [String] = []
        var running = 0
        var mostRunning = 0
        var discarded: [String] = []
        var discardedHashes: [InfoHashes?] = []
        var hashes: InfoHashes?
        var outcome: [String: Result<Void, PublishError>] = [:]
    }

    private let state = Mutex(State())

    var begun: [String] { state.withLock { $0.begun } }
    var discarded: [String] { state.withLock { $0.discarded } }
    var discardedHashes: [InfoHashes?] { state.withLock { $0.discardedHashes } }
    /// What orders turn out to be.
    func tell(_ hashes: InfoHashes?) { state.withLock { $0.hashes = hashes } }
    var mostRunning: Int { state.withLock { $0.mostRunning } }

    func end(_ subject: String, _ outcome: Result<Void, PublishError> = .success(())) {
        state.withLock { $0.outcome[subject] = outcome }
    }

    func download(
        _ order: DownloadOrder, with engine: any TorrentEngine,
        progress: @escaping @Sendable (DownloadProgress) -> Void
    ) async throws {
        state.withLock { state in
            state.begun.append(order.subject)
            state.running += 1
            state.mostRunning = max(state.mostRunning, state.running)
        }
        defer { state.withLock { $0.running -= 1 } }
        var news = DownloadProgress()
        (news.phase, news.total, news.done, news.downloadRate) = ("downloading", 100, 40, 10)
        news.hashes = state.withLock { $0.hashes }
        progress(news)
        while true {
            if let outcome = state.withLock({ $0.outcome.removeValue(forKey: order.subject) }) {
                return try outcome.get()
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func discard(_ order: DownloadOrder, _ hashes: InfoHashes?, with engine: any TorrentEngine) async {
        state.withLock { state in
            state.discarded.append(order.subject)
            state.discardedHashes.append(hashes)
        }
    }
}

@Suite struct DeskDownloadTests {
    @Test("a download is told of while it runs and when it is over")
    func runs() async throws {
        let runner = FakeRunner()
        let scene = try await DeskScene(runner: runner)
        let desk = scene.desk()
        let begun = try await desk.download(DownloadOrder(subject: "org/other"))
        #expect(begun.kind == .download && begun.status == .active && begun.model == "org/other")
        let half = try await desk.transfer("downloading") { $0.phase == "downloading" }
        #expect(half.progress == 0.4 && half.secondsLeft == 6)
        // Asked for twice, it comes once.
        #expect(try await desk.download(DownloadOrder(subject: "org/other")).id == begun.id)
        runner.end("org/other")
        let done = try await desk.transfer("completed") { $0.status == .completed }
        #expect(done.id == begun.id && done.progress == 1 && runner.begun == ["org/other"])
    }

    @Test("what has failed says why, stays, and can be resumed")
    func fails() async throws {
        let runner = FakeRunner()
        let scene = try await DeskScene(runner: runner)
        let desk = scene.desk()
        let id = try await desk.download(DownloadOrder(subject: "org/other")).id
        runner.end("org/other", .failure(PublishError(.missing, "nobody has it", hint: "wait")))
        let failed = try await desk.transfer("failed") { $0.status == .failed }
        #expect(failed.error == "nobody has it; wait")
        let later = scene.desk()
        #expect(await later.transfer(id)?.status == .failed)
        #expect(try await later.resume(id).status == .active)
        runner.end("org/other")
        _ = try await later.transfer("completed") { $0.status == .completed }
    }

    @Test("paused, it waits, also over a restart; cancelled, it leaves nothing")
    func pauses() async throws {
        let runner = FakeRunner()
        let scene = try await DeskScene(runner: runner)
        scene.source.set([])
        let desk = scene.desk()
        let id = try await desk.download(DownloadOrder(subject: "org/other")).id
        #expect(try await desk.pause(id).status == .paused)
        let later = scene.desk()
        try await later.working {
            try await Task.sleep(for: .milliseconds(30))
            #expect(await later.transfer(id)?.status == .paused && runner.begun.count == 1)
            #expect(try await later.resume(id).status == .active)
            #expect(try await later.cancel(id).status == .cancelled)
            #expect(runner.discarded == ["org/other"])
        }
        #expect(await scene.desk().transfers().map(\.status) == [.cancelled])
    }

    @Test("what is cancelled after a restart is still known, and stays while another order wants it")
    func cancelledLater() async throws {
        let runner = FakeRunner()
        let hashes = InfoHashes(v1: [UInt8](repeating: 1, count: 20), v2: [UInt8](repeating: 2, count: 32))
        runner.tell(hashes)
        let scene = try await DeskScene(runner: runner)
        scene.source.set([])
        let desk = scene.desk()
        var ids: [String] = []
        for subject in ["org/other", "magnet:?xt=urn:btih:0101010101010101010101010101010101010101"] {
            let id = try await desk.download(DownloadOrder(subject: subject)).id
            for _ in 0..<1_000 where await desk.transfer(id)?.phase != "downloading" {
                try await Task.sleep(for: .milliseconds(2))
            }
            _ = try await desk.pause(id)
            ids.append(id)
        }
        let later = scene.desk()
        _ = try await later.cancel(ids[0])
        #expect(runner.discarded.isEmpty)
        _ = try await later.cancel(ids[1])
        #expect(runner.discarded.count == 1 && runner.discardedHashes == [hashes])
    }

    @Test("what was under way when the process was killed goes on")
    func goesOn() async throws {
        let runner = FakeRunner()
        let scene = try await DeskScene(runner: runner)
        scene.source.set([])
        let first = scene.desk()
        let id = try await first.download(DownloadOrder(subject: "org/other")).id
        let second = scene.desk()
        try await second.working {
            let again = try await second.transfer("active") { $0.status == .active }
            #expect(again.id == id)
        }
    }

    @Test("only so many run at once, and only so many wait")
    func bounds() async throws {
        let runner = FakeRunner()
        let scene = try await DeskScene(runner: runner)
        let desk = scene.desk { settings in
            settings.downloadsAtOnce = 2
            settings.mostDownloads = 5
        }
        for number in 0..<5 { _ = try await desk.download(DownloadOrder(subject: "org/m\(number)")) }
        let fault = await #expect(throws: DeskFault.self) {
            try await desk.download(DownloadOrder(subject: "org/one-too-many"))
        }
        #expect(fault?.code == .tooMany)
        let (active, pending) = (await desk.transfers(.active).count, await desk.transfers(.pending).count)
        #expect(active == 2 && pending == 3)
        for number in 0..<5 { runner.end("org/m\(number)") }
        for _ in 0..<1_000 where await desk.transfers(.completed).count < 5 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(await desk.transfers(.completed).count == 5 && runner.mostRunning == 2)
    }
}
