import SwarmWire
import Synchronization
import Testing

@testable import Swarm

/// What a peer says without being asked takes no more memory of whoever pulls than it may.
@Suite(.timeLimit(.minutes(1))) struct EventBacklogTests {
    @Test("what is held counts until it is let go, and answers never do")
    func holding() throws {
        let backlog = EventBacklog()
        var held = [try #require(backlog.hold(EventBacklog.most))]
        #expect(backlog.hold(1) == nil)
        #expect(backlog.hold(0) != nil)
        held = []
        #expect(held.isEmpty && backlog.hold(EventBacklog.most) != nil)
        // What did not fit does not count either.
        #expect(backlog.hold(EventBacklog.most + 1) == nil)
        #expect(backlog.hold(EventBacklog.most) != nil)
    }

    private final class Inbox: Sendable {
        private struct State {
            var events: [SwarmFile.Event] = []
            var promises = 0
            var isMet = false
            var isClosed = false
        }

        private let state = Mutex(State())
        private let keeps: Bool

        init(keeps: Bool) { self.keeps = keeps }

        func note(_ event: SwarmFile.Event) {
            guard case .said(_, let said, _) = event else { return }
            state.withLock { state in
                switch said {
                case .available: state.isMet = true
                case .coming: state.promises += 1
                case .closed: state.isClosed = true
                default: break
                }
                if keeps { state.events.append(event) }
            }
        }

        var isMet: Bool { state.withLock { $0.isMet } }
        var isClosed: Bool { state.withLock { $0.isClosed } }
        var promises: Int { state.withLock { $0.promises } }
    }

    @Test("a peer that promises faster than it is planned with is hung up on, and only then", arguments: [false, true])
    func flood(isSlow: Bool) async throws {
        let file = MemoryFile(count: 1_000_000, seed: 3)
        let library = MemoryLibrary(file)
        let promise = ChunkRanges((0..<100_000 as Range<UInt32>).map { 2 * $0..<2 * $0 + 1 })
        try await withPeers([library]) { addresses, _ in
            while library.state.withLock({ $0.listeners.isEmpty }) { try await Task.sleep(for: .milliseconds(2)) }
            try await SwarmPeers.with(addresses) { peers in
                let swarm = peers.join(FileKey(file.hash), .everybody)
                let inbox = Inbox(keeps: isSlow)
                let known = swarm.open { inbox.note($0) }
                while !inbox.isMet, known.allSatisfy({ $0.availability == nil }) {
                    try await Task.sleep(for: .milliseconds(2))
                }
                // 800 KB each in memory.
                for round in 1...14 where !inbox.isClosed {
                    for listener in library.state.withLock({ $0.listeners }) {
                        listener.yield(.coming(file.hash, promise, isHearsay: false))
                    }
                    while inbox.promises < round, !inbox.isClosed { try await Task.sleep(for: .milliseconds(2)) }
                }
                #expect(inbox.isClosed == isSlow)
                #expect(isSlow ? inbox.promises <= 10 : inbox.promises == 14)
                await swarm.leave()
            }
        }
    }
}
