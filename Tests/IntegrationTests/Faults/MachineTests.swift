import Foundation
import TestSupport
import Testing

/// Machines that lack something: links, locks, holes, rights, room, speed, a steady clock.
extension Integration {
    @Suite struct MachineTests {
        private static let repo = "alice/model"

        private func push(_ scene: Scene, megabytes: Int) async throws -> String {
            let folder = try scene.fixture.directory("source")
            try await SampleContent.random.write(megabytes << 20, seed: 441, to: folder + "/model.bin")
            try await SampleContent.text.write(30_000, seed: 442, to: folder + "/sub/notes.txt")
            try await scene.shoal.push(Self.repo, folder)
            return folder
        }

        @Test(
            "pulls are right and repeatable without links, locks, holes or a steady clock", .timeLimit(.minutes(2)))
        func lacking() async throws {
            try await withScene { scene in
                let folder = try await push(scene, megabytes: 6)
                let library = try await Machine.build(in: scene.fixture)
                for machine in ["nosymlink", "noflock", "nosparse", "clock", "nosymlink,noflock,nosparse,clock"] {
                    let shoal = scene.shoal("home-\(machine)", on: machine, library: library)
                    let first = try await shoal.run("pull", Self.repo)
                    try #require(first.code == 0, "\(machine): \(first.errors)")
                    try await requireSame(folder, first.lastLine)
                    let links = try filesBelow(first.lastLine).filter { resolvingLinks($0) != $0 }
                    #expect(machine.hasPrefix("nosymlink") == links.isEmpty, "\(machine): \(links)")
                    // Found again without any byte travelling, and by the same machine only once more.
                    let again = try await shoal.run("pull", Self.repo, "--json").expecting(0)
                    #expect(again.output.contains(#""transferred_bytes":0"#), "\(machine): \(again.output)")
                    let target = scene.fixture.path("plain-\(machine)")
                    try await shoal.run("pull", Self.repo, "--local-dir", target).expecting(0)
                    try await requireSame(folder, target)
                }
            }
        }

        @Test("two pulls at once without locks do not harm each other", .timeLimit(.minutes(1)))
        func unlocked() async throws {
            try await withScene { scene in
                let folder = try await push(scene, megabytes: 8)
                let library = try await Machine.build(in: scene.fixture)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 8 << 20)
                let shoal = scene.shoal("shared", on: "noflock", library: library, through: proxy)
                async let first = shoal.run("pull", Self.repo)
                async let second = shoal.run("pull", Self.repo)
                for result in [try await first, try await second] {
                    try await requireSame(folder, try result.expecting(0).lastLine)
                }
                #expect(try filesBelow(shoal.cache).allSatisfy { !$0.contains(".incomplete") })
            }
        }

        @Test(
            "a pull under a jumping clock asks for its token once in a while, not for every request",
            .timeLimit(.minutes(1)))
        func tokensUnderClock() async throws {
            try await withScene { scene in
                let folder = try await push(scene, megabytes: 16)
                let library = try await Machine.build(in: scene.fixture)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 8 << 20)
                let shoal = scene.shoal("jumping", on: "clock", library: library, through: proxy)
                try await requireSame(folder, try await shoal.pull(Self.repo))
                #expect(proxy.requests.count { $0.target.contains("xet-read-token") } == 1)
            }
        }

        @Test(
            "a disk that fills up in the middle is an error of its own, and what is there counts",
            .timeLimit(.minutes(2)))
        func filling() async throws {
            try await withScene { scene in
                let folder = try await push(scene, megabytes: 16)
                let library = try await Machine.build(in: scene.fixture)
                let proxy = try scene.proxy()
                let full = scene.shoal("full", on: "full=6000000", library: library, through: proxy)
                let result = try await full.run("pull", Self.repo, "--json")
                try requireRefused(result)
                #expect(result.output.contains(#""code":"no_space""#), "\(result.output)")
                try requireNothingVisible(cache: full.cache, except: ["notes.txt"])

                proxy.forget()
                let healed = scene.freshShoal("full", through: proxy)
                try await requireSame(folder, try await healed.pull(Self.repo))
                #expect(proxy.responseBytes < 14 << 20, "\(proxy.responseBytes) although 6 MB were there")
            }
        }

        @Test("a folder that this user may not write", .timeLimit(.minutes(1)))
        func denied() async throws {
            try await withScene { scene in
                _ = try await push(scene, megabytes: 1)
                let library = try await Machine.build(in: scene.fixture)
                let place = try scene.fixture.directory("theirs")
                let shoal = scene.shoal("denied", on: "denied=\(place)", library: library)
                for arguments in [["--cache-dir", place], ["--local-dir", place + "/model"]] {
                    let result = try await shoal.run(["pull", Self.repo, "--json"] + arguments)
                    try requireRefused(result)
                    #expect(result.output.contains(#""code":"no_permission""#), "\(arguments): \(result.output)")
                }
                let entries = try filesBelow(place)
                #expect(entries.isEmpty)
            }
        }

        @Test("a slow disk slows the network, and memory stays within its budget", .timeLimit(.minutes(2)))
        func slowDisk() async throws {
            try await withScene { scene in
                let folder = try await push(scene, megabytes: 256)
                let library = try await Machine.build(in: scene.fixture)
                let shoal = scene.shoal("slow", on: "slow=40000000", library: library)
                let result = try await shoal.run("pull", Self.repo).expecting(0)
                try await requireSame(folder, result.lastLine)
                #expect(result.duration > .seconds(5), "the disk was not slow: \(result.duration)")
                #expect(result.peakMemory < 160 << 20, "\(result.peakMemory >> 20) MiB")
            }
        }
    }
}
