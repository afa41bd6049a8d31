import Foundation
import TestSupport
import Testing

extension Integration {
    /// How pulls and seeders of real programs find each other, and what passes between them meanwhile.
    @Suite struct PeerMeetingTests {
        private static let size = 6_000_000

        /// A hub with two files of 3 MB, and a cache that has them.
        private func withModel(
            seed: UInt64, _ body: (_ scene: Scene, _ folder: String, _ seeding: ShoalClient) async throws -> Void
        ) async throws {
            try await withScene { scene in
                let folder = try await scene.pushParts(to: "alice/model", seed: seed)
                let seeding = scene.freshShoal("seeding")
                _ = try await seeding.pull("alice/model")
                try await body(scene, folder, seeding)
            }
        }

        /// One machine is a network too: where it has no other, its programs use the loopback interface.
        @Test("machines of one network find each other without being told anything", .timeLimit(.minutes(1)))
        func localNetwork() async throws {
            try await withModel(seed: 980) { scene, folder, seeding in
                let seeder = try await RunningSeeder.start(seeding, listen: "0", lan: true)
                try await seeder.waits(for: 2)
                let found = try await scene.freshShoal("found").pullModel(["--lan", "--p2p-only"])
                try await requireSame(folder, found.path)
                #expect(found.peerBytes >= Self.size && found.hubBytes < 100_000)
                // The same by the setting of every pull, and not where it is not wanted.
                var set = scene.freshShoal("set")
                set.environment = ["SHOAL_P2P": "1", "SHOAL_P2P_ONLY": "1"]
                #expect(try await set.pullModel([]).peerBytes >= Self.size)
                let without = try await scene.freshShoal("without").pullModel([])
                #expect(without.peerBytes == 0)
                try await seeder.stop()
                var nobody = scene.freshShoal("nobody")
                nobody.environment["SHOAL_P2P_WAIT"] = "3"
                try await requireTrouble(
                    nobody, "no_peers", "within 3 seconds", ["pull", "alice/model", "--lan", "--p2p-only"])
            }
        }

        @Test("of a seeder of one repository a tracker tells for that alone", .timeLimit(.minutes(2)))
        func seedOfOneRepository() async throws {
            try await withModel(seed: 990) { scene, folder, seeding in
                try await scene.pushParts(to: "alice/other", seed: 992)
                _ = try await seeding.pull("alice/other")
                let tracker = try await RunningTracker.start(in: scene.fixture)
                let seeder = try await RunningSeeder.start(seeding, "alice/model", "--tracker", tracker.url)
                try await seeder.waits(for: 2)
                let pulled = try await scene.freshShoal("pulled").pullModel(
                    ["--tracker", tracker.url, "--p2p-only"])
                try await requireSame(folder, pulled.path)
                #expect(pulled.peerBytes >= Self.size && pulled.hubBytes < 100_000)
                var other = scene.freshShoal("other")
                other.environment["SHOAL_P2P_WAIT"] = "3"
                try await requireTrouble(
                    other, "no_peers", "within 3 seconds",
                    ["pull", "alice/other", "--tracker", tracker.url, "--p2p-only"])
                try await seeder.stop()
                try await tracker.stop()
            }
        }

        @Test("who asks the tracker before the seeder does meets it within seconds", .timeLimit(.minutes(1)))
        func pullBeforeSeeder() async throws {
            try await withModel(seed: 1000) { scene, folder, seeding in
                let tracker = try await RunningTracker.start(in: scene.fixture)
                let early = scene.freshShoal("early")
                let pulling = try early.start(
                    "pull", "alice/model", "--json", "--tracker", tracker.url, "--p2p-only")
                // It has asked, and was told of nobody.
                try await tracker.waits(for: 2, in: scene.fixture)
                try await Task.sleep(for: .seconds(2))
                #expect(pulling.isRunning)
                let seeder = try await RunningSeeder.start(seeding, "--tracker", tracker.url)
                try await seeder.waits(for: 2)
                let start = ContinuousClock.now
                let outcome = try PullOutcome(try await pulling.wait(timeout: .seconds(30)))
                try await requireSame(folder, outcome.path)
                #expect(outcome.peerBytes >= Self.size)
                // It asks after 1, 2, 4 and 8 seconds; a tracker's usual interval is two minutes.
                #expect(start.duration(to: .now) < .seconds(25))
                try await seeder.stop()
                try await tracker.stop()
            }
        }

        @Test("a seeder gives, and a pull takes, no more than it may", .timeLimit(.minutes(2)))
        func caps() async throws {
            try await withModel(seed: 1010) { scene, folder, seeding in
                let clock = ContinuousClock()
                let slow = try await RunningSeeder.start(seeding, "--limit-upload", "1500000")
                try await slow.waits(for: 2)
                let given = try await clock.measure {
                    let pulled = try await scene.freshShoal("given").pullModel(["--peer", slow.address, "--p2p-only"])
                    try await requireSame(folder, pulled.path)
                }
                // Six megabytes in four seconds, less what may go at once.
                #expect(given > .seconds(2) && given < .seconds(40), "\(given)")
                try await slow.stop()

                let seeder = try await RunningSeeder.start(seeding)
                try await seeder.waits(for: 2)
                let taken = try await clock.measure {
                    let pulled = try await scene.freshShoal("taken").pullModel(
                        ["--peer", seeder.address, "--p2p-only", "--limit-rate", "1500000"])
                    try await requireSame(folder, pulled.path)
                }
                #expect(taken > .seconds(2) && taken < .seconds(40), "\(taken)")
                try await seeder.stop()
            }
        }

        @Test("pulls that name the same peer hear of each other from it", .timeLimit(.minutes(2)))
        func exchange() async throws {
            try await withModel(seed: 1030) { scene, folder, seeding in
                let seeder = try await RunningSeeder.start(seeding, "--limit-upload", "400000")
                try await seeder.waits(for: 2)
                let start = ContinuousClock.now
                let pulls = try ["one", "two"].map {
                    try scene.freshShoal($0).start(
                        "pull", "alice/model", "--json", "--peer", seeder.address, "--p2p-only")
                }
                for pull in pulls {
                    let outcome = try PullOutcome(try await pull.wait(timeout: .seconds(60)))
                    try await requireSame(folder, outcome.path)
                }
                // The seeder alone would need thirty seconds for both, and for one it needs fifteen.
                let time = start.duration(to: .now)
                #expect(time > .seconds(10) && time < .seconds(50), "\(time)")
                try await seeder.stop()
            }
        }

        /// The first pull knows one peer by name, and nobody knows the first pull: it is found where it listens.
        @Test("a pull gives what has come while the rest comes", .timeLimit(.minutes(2)))
        func givingWhilePulling() async throws {
            try await withModel(seed: 1020) { scene, folder, seeding in
                let seeder = try await RunningSeeder.start(seeding)
                try await seeder.waits(for: 2)
                let first = try scene.freshShoal("first").start(
                    "pull", "alice/model", "--json", "--peer", seeder.address, "--p2p-only", "--limit-rate", "500000")
                var ports: [Int] = []
                try await first.wait(until: "port that the pull listens on") { process in
                    ports = listeningPorts(of: process.pid)
                    return !ports.isEmpty
                }
                #expect(ports.count == 1)
                // Some pieces of each file.
                try await Task.sleep(for: .seconds(3))
                #expect(first.isRunning)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 800_000)
                let second = try await scene.freshShoal("second", through: proxy).pullModel(
                    ["--peer", "127.0.0.1:\(ports[0])"])
                try await requireSame(folder, second.path)
                #expect(second.peerBytes > 500_000, "\(second.peerBytes)")
                let outcome = try PullOutcome(try await first.wait(timeout: .seconds(60)))
                try await requireSame(folder, outcome.path)
                try await seeder.stop()
            }
        }

        /// The TCP ports of a process on which it waits for connections.
        private func listeningPorts(of process: Int32) -> [Int] {
            let folder = "/proc/\(process)/fd"
            let sockets = Set(
                ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap {
                    try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
                })
            let tables = ["tcp", "tcp6"].compactMap {
                try? String(contentsOfFile: "/proc/\(process)/net/\($0)", encoding: .utf8)
            }
            return tables.flatMap { $0.split(whereSeparator: \.isNewline).dropFirst() }.compactMap { line in
                let fields = line.split(separator: " ")
                // Local address, state (0A waits for connections), and the socket's number.
                guard fields.count > 9, fields[3] == "0A", sockets.contains("socket:[\(fields[9])]") else { return nil }
                return fields[1].split(separator: ":").last.flatMap { Int($0, radix: 16) }
            }
        }
    }
}
