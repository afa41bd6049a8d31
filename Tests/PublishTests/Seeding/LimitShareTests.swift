import TestSupport
import Testing
import Transport

@testable import Publish

@Suite struct LimitShareTests {
    @Test("torrents get all of a limit that nobody else uses, and give way to half of it")
    func shares() {
        var share = LimitShare()
        #expect(share.torrents(limit: 1_000, own: nil, others: 0, seconds: 1) == 1_000)
        #expect(share.torrents(limit: 1_000, own: nil, others: 200, seconds: 1) == 800)
        #expect(share.torrents(limit: 1_000, own: nil, others: 1_200, seconds: 1) == 500)
        #expect(share.torrents(limit: 1_000, own: 300, others: 1_200, seconds: 1) == 300)
        #expect(share.torrents(limit: nil, own: nil, others: 5_000, seconds: 1) == 0)
        #expect(share.torrents(limit: nil, own: 70, others: 5_000, seconds: 1) == 70)
    }

    @Test("the others make up for what torrents took, up to half")
    func books() {
        #expect(LimitShare.booked(300, limit: 1_000, seconds: 1) == 300)
        #expect(LimitShare.booked(900, limit: 1_000, seconds: 1) == 500)
        #expect(LimitShare.booked(900, limit: 1_000, seconds: 0.1) == 50)
        #expect(LimitShare.booked(-5, limit: 1_000, seconds: 1) == 0)
    }

    @Test("bytes that are booked hold up those that ask")
    func holdsUp() {
        let limit = BandwidthLimit(bytesPerSecond: 1_000)
        #expect(limit.takeIfDue(1))
        limit.book(5_000)
        #expect(!limit.takeIfDue(1))
    }

    @Test("the engine is told the limit")
    func told() async throws {
        let scene = try await DeskScene()
        let desk = scene.desk { settings in
            settings.upload = BandwidthLimit(bytesPerSecond: 5_000)
            settings.ownDownload = 70
        }
        try await desk.working {
            _ = try await desk.transfer("seeding") { $0.phase == "seeding" }
            try await eventually { scene.engine.limits.upload > 0 }
        }
        #expect(scene.engine.limits == (70, 5_000))
    }
}
