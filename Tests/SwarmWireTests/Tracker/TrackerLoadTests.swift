import SwarmWire
import Testing

@testable import SwarmTracker

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("Tracker load") struct TrackerLoadTests {
    /// Bytes of this process that are in memory; nil where the system does not tell.
    private static var residentBytes: Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 256)
        guard fgets(&text, 256, file) != nil else { return nil }
        let fields = text.prefix { $0 != 0 }.split(separator: 0x20)
        guard fields.count > 1 else { return nil }
        return Int(String(decoding: fields[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)).map {
            $0 * Int(sysconf(Int32(_SC_PAGESIZE)))
        }
    }

    @Test("10,000 peers in 30 swarms each take little memory, and an announce little time", .timeLimit(.minutes(2)))
    func tenThousandPeers() throws {
        let registry = TrackerRegistry(seed: 1)
        let (peers, swarms) = (10_000, 30)
        let ids = (0..<swarms).map { number in SwarmID(bytes: (0..<20).map { UInt8($0 + number) }) ?? .none }
        func round(now: Int) -> (clock: Duration, told: Int) {
            var told = 0
            let clock = ContinuousClock().measure {
                for number in 0..<peers {
                    let bytes = (0..<20).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) }
                    var peer = AnnouncingPeer(
                        id: PeerID(bytes: bytes) ?? .random(), port: 6881,
                        origin: AnnounceOrigin(remote: .v4([10, 0, UInt8(number >> 8), UInt8(number & 255)])))
                    peer.capacity = number % 16
                    let doing = ids.map {
                        (id: $0, activity: number.isMultiple(of: 50) ? PeerActivity.seeding : .leeching)
                    }
                    for answer in registry.announce(peer, doing, wanted: 50, now: now) {
                        if case .granted(let grant) = answer { told += grant.peers.count }
                    }
                }
            }
            return (clock, told)
        }
        let before = Self.residentBytes
        let first = round(now: 0)
        let after = Self.residentBytes
        let second = round(now: 120)
        #expect(registry.figures == TrackerFigures(swarms: swarms, peers: peers, memberships: peers * swarms))
        // From the moment on that there are more than ten, everybody is told of ten.
        #expect(second.told == peers * swarms * 10)
        let bytes = registry.snapshot(now: 120, time: 0)
        #expect(bytes.count == 8 + 8 + 4 + peers * 79 + 4 + swarms * 28 + peers * swarms * 7 + 8)
        let grown = zip([after].compactMap(\.self), [before].compactMap(\.self)).map { $0 - $1 }.first
        let perAnnounce = { (time: Duration) in time / (peers * swarms) }
        print(
            "tracker: \(perAnnounce(first.clock)) for an announce that joins, \(perAnnounce(second.clock)) for one that",
            "renews, \((grown ?? 0) >> 10) KiB for \(peers * swarms) memberships of \(peers) peers")
        // 28 bytes for a membership and 160 for a peer, the room that growing arrays keep, and what other tests take.
        if let grown { #expect(grown < 64 << 20) }
        // So many announce less often, and are remembered for longer.
        #expect(registry.interval == 600)
        registry.sweep(now: 120 + 2 * 600 + 29)
        #expect(registry.figures.memberships == peers * swarms)
        registry.sweep(now: 120 + 2 * 600 + 31)
        #expect(registry.figures == TrackerFigures(swarms: 0, peers: 0, memberships: 0))
    }
}
