import TestSupport
import Testing

extension Integration {
    @Suite struct LFSClientTests {
        /// Which Python, and whether it may use Xet to push.
        struct Client: CustomTestStringConvertible, Sendable {
            var line: PythonLine
            var usesXet: Bool
            var testDescription: String { "\(line), \(usesXet ? "xet" : "lfs")" }

            static let all = PythonLine.allCases.flatMap { line in
                [true, false].map { Client(line: line, usesXet: $0) }
            }

            func python(_ scene: Scene, _ home: String, through proxy: FaultProxy? = nil) -> PythonClient {
                var python = scene.freshPython(home, through: proxy)
                python.line = line
                python.usesXet = usesXet
                return python
            }
        }

        @Test(
            "files, bytes and folders go up by every way and come down by every other", .timeLimit(.minutes(5)),
            arguments: Client.all)
        func everyWay(_ client: Client) async throws {
            try await withScene(hub: ["--lfs-part-size", "2"]) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 301)
                try await SampleContent.weights.write(7 << 20, seed: 302, to: folder + "/parts.safetensors")
                let proxy = try scene.proxy()
                let python = client.python(scene, "up", through: proxy)
                try await python.call("create_repo", ["repo_id": "alice/model"])
                try await python.call("upload_folder", ["repo_id": "alice/model", "folder_path": folder])

                // Contents of their own: what the repository has by now would not be asked for.
                let sizes = [
                    "by-path.bin": 100_000, "by-bytes.bin": 1, "by-bytes-large.bin": 70_000,
                    "by-file-object.bin": 5 << 20, "small.txt": 3000,
                ]
                for (index, (name, size)) in sizes.sorted(by: { $0.key < $1.key }).enumerated() {
                    let path = folder + "/single/" + name
                    let kind: SampleContent = name == "small.txt" ? .text : .random
                    try await kind.write(size, seed: 303 + UInt64(index), to: path)
                    var source: any Sendable = path
                    if name.hasPrefix("by-bytes") { source = ["bytes": path] }
                    if name == "by-file-object.bin" { source = ["open": path] }
                    try await python.call(
                        "upload_file",
                        ["repo_id": "alice/model", "path_or_fileobj": source, "path_in_repo": "single/" + name])
                }

                // Open files go by LFS in any case.
                let targets = proxy.requests.map(\.target)
                #expect(targets.contains { $0.contains("/data/lfs/part/") })
                #expect(targets.contains { $0.contains("/data/lfs/upload/") } == !client.usesXet)
                #expect(targets.contains { $0.contains("/cas/") } == client.usesXet)
                // Python sends its token along when it verifies, to the hub itself; to signed URLs of bytes it does not.
                for request in proxy.requests
                where request.target.hasPrefix("/data/") && !request.target.hasPrefix("/data/lfs/verify/") {
                    #expect(!request.carries(scene.token), "a token went to \(request.target)")
                }

                for (index, other) in Client.all.enumerated() {
                    let down = other.python(scene, "down-\(index)")
                    let snapshot = try await down.call("snapshot_download", ["repo_id": "alice/model"])
                    try await requireSame(folder, snapshot)
                }
                try await requireSame(folder, try await scene.shoal.pull("alice/model"))
                #expect(try filesBelow(scene.hub.data + "/uploads") == [])
            }
        }

        @Test("what a push over Xet stores, LFS does not send again", .timeLimit(.minutes(2)))
        func noSecondUpload() async throws {
            try await withScene { scene in
                let file = scene.fixture.path("model.bin")
                try await SampleContent.random.write(3 << 20, seed: 311, to: file)
                try await scene.shoal.push("alice/model", file, "one.bin")
                let proxy = try scene.proxy()
                let python = Client(line: .current, usesXet: false).python(scene, "up", through: proxy)
                try await python.call(
                    "upload_file",
                    ["repo_id": "alice/model", "path_or_fileobj": file, "path_in_repo": "two.bin"])
                #expect(!proxy.requests.contains { $0.method == "PUT" })
                // Another repository knows nothing of it; its bytes are taken, and stored once.
                try await python.call("create_repo", ["repo_id": "alice/other"])
                try await python.call(
                    "upload_file",
                    ["repo_id": "alice/other", "path_or_fileobj": file, "path_in_repo": "three.bin"])
                #expect(proxy.requests.contains { $0.method == "PUT" })
                #expect(try scene.hub.xorbFiles().count == 1)
            }
        }

        @Test("an upload that is cut or loses its hub leaves nothing and can be repeated", .timeLimit(.minutes(3)))
        func interrupted() async throws {
            try await withScene { scene in
                let file = scene.fixture.path("model.bin")
                try await SampleContent.random.write(24 << 20, seed: 321, to: file)
                try await scene.python.call("create_repo", ["repo_id": "alice/model"])
                let batch = scene.hub.url + "/alice/model.git/info/lfs/objects/batch"
                for count in [0, 1, 5_000_000, 25_165_823] {
                    try await scene.python.script("cut_put.py", [batch, scene.token, file, "\(count)"]).expecting(0)
                }
                try await settled { try filesBelow(scene.hub.data + "/uploads").isEmpty }
                #expect(try scene.hub.xorbFiles().isEmpty)

                // At different points: while bytes come, while they are hashed and packed, after the last of them.
                for (index, delay) in [0, 30, 80, 160, 300].enumerated() {
                    let other = scene.fixture.path("other-\(index).bin")
                    try await SampleContent.random.write(24 << 20, seed: 322 + UInt64(index), to: other)
                    let count = index == 0 ? 20 << 20 : 24 << 20
                    async let upload = scene.python.script(
                        "cut_put.py", [batch, scene.token, other, "\(count)", "wait"])
                    try await settled { try !filesBelow(scene.hub.data + "/uploads").isEmpty }
                    try await Task.sleep(for: .milliseconds(delay))
                    try await scene.hub.kill()
                    _ = try await upload.expecting(0)
                    try await scene.hub.restart()
                    #expect(try filesBelow(scene.hub.data + "/uploads") == [])
                    // Again: nothing of the first attempt is in the way.
                    var python = scene.freshPython("again-\(index)")
                    python.usesXet = false
                    try await python.call(
                        "upload_file",
                        ["repo_id": "alice/model", "path_or_fileobj": other, "path_in_repo": "\(index).bin"])
                    let path = try await scene.shoal.pull("alice/model", "\(index).bin")
                    #expect(try await difference(between: other, and: path) == nil)
                }
            }
        }

        @Test(
            "our own push without Xet, whole and in parts, is there for everybody", .timeLimit(.minutes(2)),
            arguments: [[], ["--lfs-part-size", "4"]])
        func ownPush(_ hub: [String]) async throws {
            try await withScene("ownPush-\(hub.count)", hub: hub) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(20 << 20, seed: 331, to: folder + "/model.bin")
                try await writeText("small\n", to: folder + "/note.txt")
                let proxy = try scene.proxy()
                var shoal = scene.freshShoal("up", through: proxy)
                shoal.environment["HF_HUB_DISABLE_XET"] = "1"
                try await shoal.push("alice/model", folder)
                let uploads = proxy.requests.filter { $0.method == "PUT" && $0.target.hasPrefix("/data/lfs/") }
                #expect(uploads.count == (hub.isEmpty ? 1 : 5))
                #expect(uploads.allSatisfy { !$0.carries(scene.token) }, "a token went to a signed URL")
                #expect(!proxy.requests.contains { $0.target.hasPrefix("/cas/") })
                #expect(proxy.requests.contains { $0.target.hasPrefix("/data/lfs/verify/") })

                // Unchanged: nothing travels, nothing is committed.
                proxy.forget()
                try await shoal.push("alice/model", folder)
                #expect(!proxy.requests.contains { $0.method == "PUT" || $0.target.contains("/commit/") })

                for usesXet in [true, false] {
                    let python = Client(line: .current, usesXet: usesXet).python(scene, "python-\(usesXet)")
                    let snapshot = try await python.call("snapshot_download", ["repo_id": "alice/model"])
                    try await requireSame(folder, snapshot)
                    var other = scene.freshShoal("down-\(usesXet)")
                    if !usesXet { other.environment["HF_HUB_DISABLE_XET"] = "1" }
                    try await requireSame(folder, try await other.pull("alice/model"))
                }
                #expect(try filesBelow(scene.hub.data + "/uploads") == [])
            }
        }

        /// Waits for something that happens soon after.
        private func settled(_ condition: () throws -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(20)
            while try !condition() {
                guard .now < deadline else { throw TestFailure("nothing settled within 20 s") }
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }
}
