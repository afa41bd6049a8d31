import SwarmWire
import TestSupport
import Testing
import Torrents

@Suite struct GossipTests {
    @Test("those who meet at an id talk, and what is too large is not taken", .timeLimit(.minutes(1)))
    func talk() async throws {
        try await withFixture { fixture in
            let id = (0..<20).map { _ in UInt8.random(in: 0...255) }
            let (first, second) = (try await fixture.engine(), try await fixture.engine())
            let listening = try await first.gossip(on: id, name: "ut_sample", largest: 70_000)
            let calling = try await second.gossip(on: id, name: "ut_sample", largest: 80_000)
            await #expect(throws: TorrentError.self) {
                try await calling.send([1], to: .local(await first.port))
            }
            try await calling.connect(to: .local(await first.port))
            let question = SampleContent.random.bytes(70_000, seed: 1)
            let answer = SampleContent.random.bytes(60_000, seed: 2)
            let tooLarge = [UInt8](repeating: 3, count: 80_000)
            async let heard: [[UInt8]] = {
                var heard: [[UInt8]] = []
                for await event in listening.events {
                    guard case .message(let bytes, let peer) = event else { continue }
                    heard.append(bytes)
                    if bytes == [7] { return heard }
                    try await listening.send(answer, to: peer)
                }
                return heard
            }()
            for await event in calling.events {
                switch event {
                case .opened(let peer):
                    #expect(peer == .local(await first.port))
                    try await calling.send(tooLarge, to: peer)
                    try await calling.send(question, to: peer)
                case .message(let bytes, let peer):
                    #expect(bytes == answer)
                    try await calling.send([7], to: peer)
                    #expect(try await heard == [question, [7]])
                    await calling.close()
                }
            }
            await listening.close()
            #expect(await first.torrents().isEmpty)
        }
    }

    @Test("those who meet are found by the DHT alone", .timeLimit(.minutes(1)))
    func meeting() async throws {
        try await withFixture { fixture in
            let id = (0..<20).map { _ in UInt8.random(in: 0...255) }
            let node = try await fixture.engine { $0.usesDHT = true }
            var engines: [Libtorrent] = []
            for _ in 0..<3 {
                engines.append(
                    try await fixture.engine {
                        $0.usesDHT = true
                        $0.nodes = []
                    })
            }
            for engine in engines {
                await engine.addNode(.local(await node.port))
                for other in engines where other !== engine { await engine.addNode(.local(await other.port)) }
            }
            for engine in engines { try await engine.wait(until: "nodes") { await engine.nodeCount >= 3 } }
            let channels = [
                try await engines[0].gossip(on: id, name: "ut_sample", largest: 100),
                try await engines[1].gossip(on: id, name: "ut_sample", largest: 100),
            ]
            for await event in channels[1].events {
                if case .opened = event { break }
            }
        }
    }
}
