import Foundation
import HubClient
import HubWire
import Publish
import PublishWire
import Synchronization
import Testing

@Suite("Following")
struct FollowerTests {
    /// A hub whose branch moves, and what was mirrored of it.
    final class Branch: Sendable {
        struct State: Sendable {
            var commit = FollowerTests.commit("a")
            var isDown = false
            var failsToMirror = false
            var now: Int64 = 1_700_000_000
            var asked: [String?] = []
            var mirrored: [String] = []
        }

        let state = Mutex(State())

        var means: Follower.Means {
            var means = Follower.Means(
                look: { record in
                    try self.state.withLock { state in
                        state.asked.append(record.mark?.etag)
                        guard !state.isDown else { throw PublishError(.busy, "nobody answers") }
                        return RevisionMark(commit: state.commit, etag: state.commit)
                    }
                },
                mirror: { _, commit in
                    try self.state.withLock { state in
                        guard !state.failsToMirror else { throw PublishError(.noSpace, "the disk is full") }
                        state.mirrored.append(commit)
                    }
                })
            means.now = { self.state.withLock { $0.now } }
            means.jitter = { 0 }
            return means
        }
    }

    static func commit(_ digit: Character) -> String { String(repeating: digit, count: 40) }

    private func record() throws -> FollowRecord {
        var record = FollowRecord(MirrorOrder(try MirrorAddress(parsing: "org/model", endpoint: "https://hub.test")))
        record.interval = 100
        return record
    }

    @Test("A new commit is mirrored once; what has not changed costs one question")
    func steps() async throws {
        let place = try TemporaryFolder()
        let (registry, branch) = (Registry(PublishFolder(path: place.path)), Branch())
        let follower = Follower(registry, means: branch.means)
        let book = FollowBook(registry.folder)
        var record = try record()
        try book.keep(record)
        guard case .mirrored(Self.commit("a")) = try await follower.step(&record) else {
            Issue.record("it was not mirrored")
            return
        }
        #expect(record.next == 1_700_000_100 && record.mirrored == Self.commit("a"))
        #expect(try book.all() == [record])
        guard case .unchanged = try await follower.step(&record) else {
            Issue.record("nothing had changed")
            return
        }
        branch.state.withLock { $0.commit = Self.commit("b") }
        _ = try await follower.step(&record)
        branch.state.withLock { state in
            #expect(state.mirrored == [Self.commit("a"), Self.commit("b")])
            #expect(state.asked == [nil, Self.commit("a"), Self.commit("a")])
        }
    }

    @Test("After failures the hub is asked less and less often, at most once an hour less")
    func backsOff() async throws {
        let place = try TemporaryFolder()
        let branch = Branch()
        let follower = Follower(Registry(PublishFolder(path: place.path)), means: branch.means)
        var record = try record()
        branch.state.withLock { $0.isDown = true }
        var pauses: [Int64] = []
        for _ in 0..<12 {
            guard case .failed = try await follower.step(&record) else {
                Issue.record("it should have failed")
                return
            }
            pauses.append(record.next - 1_700_000_000)
        }
        #expect(pauses == [100, 200, 400, 800, 1_600, 3_200, 3_600, 3_600, 3_600, 3_600, 3_600, 3_600])
        // Who wants to ask once a day is not made to ask more often by a failure.
        record.interval = 86_400
        _ = try await follower.step(&record)
        #expect(record.next == 1_700_086_400)
        branch.state.withLock { $0.isDown = false }
        record.interval = 100
        _ = try await follower.step(&record)
        #expect(record.failures == 0 && record.next == 1_700_000_100)
    }

    @Test("A commit that could not be mirrored is tried again, though the hub says that nothing is new")
    func triesAgain() async throws {
        let place = try TemporaryFolder()
        let branch = Branch()
        let follower = Follower(Registry(PublishFolder(path: place.path)), means: branch.means)
        var record = try record()
        branch.state.withLock { $0.failsToMirror = true }
        _ = try await follower.step(&record)
        #expect(record.mirrored == nil && record.failures == 1)
        branch.state.withLock { $0.failsToMirror = false }
        _ = try await follower.step(&record)
        #expect(record.mirrored == Self.commit("a") && record.failures == 0)
    }

    @Test("A record that was removed meanwhile stays removed")
    func forgotten() async throws {
        let place = try TemporaryFolder()
        let registry = Registry(PublishFolder(path: place.path))
        let (follower, book) = (Follower(registry, means: Branch().means), FollowBook(registry.folder))
        var record = try record()
        _ = try await follower.step(&record)
        #expect(try book.all().isEmpty)
    }

    @Test("Of the versions of a mirror the latest are given, and the current one whenever it came")
    func rests() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        for (index, digit) in "abcd".enumerated() {
            var request = try scene.request("org/model")
            (request.version, request.origin) = (Self.commit(digit), .mirrored)
            var content = try FolderWalk.look(at: scene.model).content
            content.source = .init(hub: "https://hub.test", repo: "org/model", commit: Self.commit(digit))
            let result = try await scene.sharer.share(content, as: request)
            try await scene.registry.update(result.entry.name) { $0.added = Int64(index) }
        }
        // What was shared by hand is no version of the mirror.
        _ = try await scene.share(try scene.request("org/model"))
        let branch = Branch()
        var record = try record()
        record.keep = 2
        _ = try await Follower(scene.registry, means: branch.means).step(&record)
        let given = try scene.registry.list().entries.filter(\.seeds).map(\.version).sorted()
        #expect(given == [Self.commit("a"), Self.commit("d"), "main"])
    }

    @Test("The agent follows all that are due, and says what came of it", .timeLimit(.minutes(1)))
    func followers() async throws {
        let place = try TemporaryFolder()
        let registry = Registry(PublishFolder(path: place.path))
        let book = FollowBook(registry.folder)
        let branch = Branch()
        var (due, later, silent) = (try record(), try record(), try record())
        later.order.address.repo.revision = "later"
        later.next = 1_700_000_001
        silent.order.address.repo.revision = "silent"
        silent.order.seeds = false
        for record in [due, later, silent] { try book.keep(record) }
        let (news, sink) = AsyncStream.makeStream(of: String.self)
        let followers = Followers(registry, means: branch.means, tick: .milliseconds(5)) { record, _ in
            sink.yield(record.order.address.repo.effectiveRevision)
        }
        let task = Task { await followers.run() }
        var told = news.makeAsyncIterator()
        #expect(await told.next() == "main")
        branch.state.withLock { $0.now += 1 }
        #expect(await told.next() == "later")
        task.cancel()
        await task.value
        due = try #require(try book.all().first { $0.key == due.key })
        #expect(due.mirrored == Self.commit("a") && branch.state.withLock { $0.mirrored.count } == 2)
    }
}
