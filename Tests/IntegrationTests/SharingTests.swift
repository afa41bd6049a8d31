import Foundation
import TestSupport
import Testing

/// Several processes on one cache at the same time.
extension Integration {
    @Suite struct SharingTests {
        @Test("a second pull waits for the first, says for whom, and fetches nothing again", .timeLimit(.minutes(2)))
        func waiting() async throws {
            try await withScene { scene in
                let (folder, proxy, shoal) = try await slowPull(scene)
                let first = try shoal.start("pull", "alice/model")
                try await first.wait(until: "some bytes") { _ in proxy.responseBytes > 4 << 20 }
                let second = try shoal.start("pull", "alice/model")
                try await second.wait(until: "word of the other process") {
                    $0.errors.contains("waiting for another process")
                }
                #expect(second.errors.contains("(PID \(first.pid))"), "\(second.errors)")
                proxy.limit(bytesPerSecond: nil)
                let (one, two) = (try await first.wait().expecting(0), try await second.wait().expecting(0))
                #expect(one.lastLine == two.lastLine)
                try await requireSame(folder, two.lastLine)
                #expect(proxy.responseBytes < 30 << 20, "\(proxy.responseBytes >> 20) of 24 MiB and listings")
            }
        }

        @Test("when the first dies the second goes on where it was", .timeLimit(.minutes(2)))
        func succession() async throws {
            try await withScene { scene in
                let (folder, proxy, shoal) = try await slowPull(scene)
                let first = try shoal.start("pull", "alice/model")
                try await first.wait(until: "half of the bytes") { _ in proxy.responseBytes > 12 << 20 }
                let second = try shoal.start("pull", "alice/model")
                try await second.wait(until: "word of the other process") {
                    $0.errors.contains("waiting for another process")
                }
                first.signal(SIGKILL)
                _ = try await first.wait()
                let before = proxy.responseBytes
                proxy.limit(bytesPerSecond: nil)
                let result = try await second.wait().expecting(0)
                try await requireSame(folder, result.lastLine)
                #expect(proxy.responseBytes - before < 18 << 20, "the second began anew")
            }
        }

        @Test("Python and Shoal fill one cache at the same time", .timeLimit(.minutes(2)))
        func withPython() async throws {
            try await withScene { scene in
                let (folder, proxy, shoal) = try await slowPull(scene)
                let python = scene.freshPython(shoal.home, through: proxy)
                async let theirs = python.call("snapshot_download", ["repo_id": "alice/model"])
                async let ours = shoal.run("pull", "alice/model")
                try await Task.sleep(for: .seconds(3))
                proxy.limit(bytesPerSecond: nil)
                let (path, result) = (try await theirs, try await ours.expecting(0))
                #expect(path == result.lastLine)
                try await requireSame(folder, path)
            }
        }

        /// A pushed model of 24 MiB, and a client behind a slow line.
        private func slowPull(_ scene: Scene) async throws -> (folder: String, proxy: FaultProxy, shoal: ShoalClient) {
            let folder = try scene.fixture.directory("source")
            try await SampleModel.write(to: folder, megabytes: 24, seed: 97)
            try await scene.shoal.push("alice/model", folder)
            let proxy = try scene.proxy()
            proxy.limit(bytesPerSecond: 4 << 20)
            return (folder, proxy, scene.freshShoal("shared", through: proxy))
        }
    }
}
