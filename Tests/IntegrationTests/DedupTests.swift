import Foundation
import TestSupport
import Testing

/// Bytes that are here or there already do not travel, whoever brought them.
extension Integration {
    @Suite struct DedupTests {
        /// A copy of a file with an insertion, a removal and a change.
        private func writeEdited(_ source: String, to target: String) async throws {
            var bytes = try readBytes(source)
            bytes.insert(contentsOf: [1, 2, 3, 4, 5], at: bytes.count / 4)
            bytes.removeSubrange(bytes.count / 2..<bytes.count / 2 + 901)
            bytes[bytes.count - 5000] ^= 0x55
            try await writeBytes(bytes, to: target)
        }

        private func json(_ result: ProcessResult) throws -> [String: Any] {
            let document = try JSONSerialization.jsonObject(with: Data(result.expecting(0).output.utf8))
            return try #require(document as? [String: Any])
        }

        private func number(_ name: String, _ result: ProcessResult) throws -> Int {
            try #require(try json(result)[name] as? Int)
        }

        @Test(
            "a sibling of what Python has downloaded costs the difference", .timeLimit(.minutes(3)),
            arguments: TrustMode.allCases)
        func siblingOfPythonsDownload(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                let base = try scene.fixture.directory("base")
                try await SampleModel.write(to: base, megabytes: 32, seed: 51)
                try await scene.shoal.push("alice/base", base)
                let tuned = try scene.fixture.directory("tuned")
                for name in ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
                    try await writeEdited(base + "/" + name, to: tuned + "/" + name)
                }
                try await scene.shoal.push("alice/tuned", tuned)

                _ = try await scene.python.call("snapshot_download", ["repo_id": "alice/base"])
                let proxy = try scene.proxy()
                var shoal = scene.freshShoal("python-home", through: proxy)
                shoal.environment["XDG_STATE_HOME"] = scene.fixture.path("fresh-state")
                let result = try await shoal.run("pull", "alice/tuned", "--json")
                let path = try #require(try json(result)["path"] as? String)
                try await requireSame(tuned, path)
                // Without manifests nothing tells which chunks the file has before they come.
                guard mode == .manifest else { return }
                #expect(proxy.responseBytes < 6 << 20, "\(proxy.responseBytes) bytes for a few edits")
                #expect(try number("reused_bytes", result) > 26 << 20)
            }
        }

        @Test("pushes: again, edited, renamed, to another repository, and back from a pull", .timeLimit(.minutes(3)))
        func pushes() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("model")
                try await SampleContent.weights.write(24 << 20, seed: 52, to: folder + "/model.safetensors")
                try await scene.shoal.push("alice/one", folder)
                let small = 3 << 20

                let other = try await scene.shoal.run("push", "alice/two", folder, "--json")
                #expect(try number("sent_bytes", other) < small)
                try await requireSame(folder, try await scene.freshShoal("check-1").pull("alice/two"))

                let edited = try scene.fixture.directory("edited")
                try await writeEdited(folder + "/model.safetensors", to: edited + "/renamed.safetensors")
                let second = try await scene.shoal.run("push", "alice/one", edited, "--json")
                #expect(try number("sent_bytes", second) < small)
                #expect(try number("new_bytes", second) > 0)

                // Another machine, which only ever pulled.
                let tuner = scene.freshShoal("tuner")
                let pulled = try await tuner.pull("alice/one", "--local-dir", scene.fixture.path("local"))
                try await writeEdited(pulled + "/model.safetensors", to: scene.fixture.path("tuned/model.safetensors"))
                let third = try await tuner.run("push", "alice/three", scene.fixture.path("tuned"), "--json")
                #expect(try number("sent_bytes", third) < small)
                try await requireSame(
                    scene.fixture.path("tuned"), try await scene.freshShoal("check-2").pull("alice/three"))
            }
        }

        /// The xorbs that a hub has said it has, by hash.
        private func acknowledged(_ requests: [RecordedRequest]) -> Set<Substring> {
            Set(
                requests.filter { $0.status == 200 && $0.target.contains("/v1/xorb-commits/") }
                    .compactMap { $0.target.split(separator: "/").first { $0.count == 64 } })
        }

        /// The bytes of xorbs that were sent, or only begun, and not acknowledged.
        private func inFlight(_ requests: [RecordedRequest], acknowledged: [RecordedRequest]) -> Int {
            let commits = acknowledged.filter { $0.status == 200 && $0.target.contains("/v1/xorb-commits/") }
            let done = Set(commits.compactMap { $0.target.split(separator: "/").last })
            return uploads(requests).filter { !done.contains($0.grant) }.reduce(0) { $0 + $1.bytes }
        }

        private func uploads(_ requests: [RecordedRequest]) -> [(grant: Substring, bytes: Int)] {
            requests.filter { $0.method == "PUT" && $0.target.hasPrefix("/data/grants/") }.map { request in
                let grant = request.target.split(separator: "/").last?.prefix { $0 != "?" } ?? ""
                return (grant, request.header("content-length").flatMap { Int($0) } ?? .max / 1024)
            }
        }

        @Test("a push that is killed again and again sends again only what was on its way", .timeLimit(.minutes(4)))
        func killedPush() async throws {
            var generator = SplitMix64(seed: announcedSeed())
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(160 << 20, seed: 53, to: folder + "/model.bin")
                let proxy = try scene.proxy()
                let shoal = scene.freshShoal("pusher", through: proxy)
                var known: Set<Substring> = []
                var (sent, lost) = (0, 0)
                func take(_ requests: [RecordedRequest]) {
                    sent += uploads(requests).reduce(0) { $0 + $1.bytes }
                    let again = requests.filter { $0.status == 201 && $0.target.contains("/v1/xorb-grants/") }
                        .filter { request in known.contains { request.target.contains($0) } }
                    #expect(again.isEmpty, "acknowledged, and sent again: \(again.map(\.target))")
                }
                for _ in 0..<6 {
                    proxy.forget()
                    let process = try shoal.start("push", "alice/model", folder)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 200...1500, using: &generator)))
                    // What is answered this long before the kill has been read and noted; later answers may not have.
                    let settled = proxy.requests
                    try await Task.sleep(for: .milliseconds(150))
                    process.signal(SIGKILL)
                    _ = try await process.wait()
                    let requests = proxy.requests
                    take(requests)
                    lost += inFlight(requests, acknowledged: settled)
                    known.formUnion(acknowledged(settled))
                }
                proxy.forget()
                try await shoal.push("alice/model", folder)
                take(proxy.requests)
                // A few bytes frame each chunk.
                let once = (160 << 20) + (1 << 20)
                #expect(sent <= once + lost, "\(sent) bytes for \(once), and \(lost) in flight at the kills")
                try await requireSame(folder, try await scene.freshShoal("check").pull("alice/model"))
            }
        }
    }
}
