import TestSupport
import Testing

extension Integration {
    @Suite struct CacheTests {
        @Test(
            "the cache that pull writes is in order for Python", .timeLimit(.minutes(2)), arguments: TrustMode.allCases)
        func writtenCache(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 71)
                try await scene.shoal.push("alice/model", folder)
                let snapshot = try await scene.shoal.pull("alice/model")
                let python = scene.freshPython(scene.shoal.home)

                let listed = try await python.hf("cache", "ls", "--show-warnings").expecting(0)
                #expect(listed.output.contains("alice/model"))
                let noise = (listed.output + listed.errors).lowercased()
                #expect(!noise.contains("warn") && !noise.contains("corrupt"), "\(listed.output)\n\(listed.errors)")

                let verified = try await python.hf("cache", "verify", "alice/model", "--fail-on-missing-files")
                    .expecting(0)
                #expect(!verified.errors.lowercased().contains("mismatch"))

                try await scene.hub.stop()
                let local = try await python.call(
                    "snapshot_download", ["repo_id": "alice/model", "local_files_only": true])
                #expect(local == snapshot)
                try await requireSame(folder, local)
            }
        }

        @Test("a second pull transfers nothing", .timeLimit(.minutes(1)))
        func secondPull() async throws {
            try await withScene { scene in
                let proxy = try scene.proxy()
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 72)
                try await scene.shoal.push("alice/model", folder)
                let shoal = scene.freshShoal("cache", through: proxy)
                let first = try await shoal.pull("alice/model")
                try #require(proxy.requests.contains { $0.isData })
                proxy.forget()

                let second = try await shoal.pull("alice/model")
                #expect(first == second)
                #expect(!proxy.requests.contains { $0.isData }, "\(proxy.requests.map(\.target))")
                #expect(proxy.responseBytes < 64 << 10)
            }
        }

        @Test("what Python has in its cache is not transferred again", .timeLimit(.minutes(1)))
        func pythonCache() async throws {
            try await withScene { scene in
                let proxy = try scene.proxy()
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 73)
                try await scene.python.call("create_repo", ["repo_id": "alice/model"])
                try await scene.python.call("upload_folder", ["repo_id": "alice/model", "folder_path": folder])
                let written = try await scene.python.call("snapshot_download", ["repo_id": "alice/model"])

                let shoal = scene.freshShoal(scene.python.home, through: proxy)
                let pulled = try await shoal.pull("alice/model")
                #expect(pulled == written)
                try await requireSame(folder, pulled)
                #expect(!proxy.requests.contains { $0.isData }, "\(proxy.requests.map(\.target))")
            }
        }

        @Test("a local folder filled by one client is up to date for the other", .timeLimit(.minutes(2)))
        func localDirectory() async throws {
            try await withScene { scene in
                let proxy = try scene.proxy()
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 74)
                try await scene.shoal.push("alice/model", folder)

                let byShoal = scene.fixture.path("by-shoal")
                let printed = try await scene.freshShoal("a").pull("alice/model", "--local-dir", byShoal)
                #expect(printed == byShoal)
                try await requireSame(folder, byShoal)
                try await scene.freshPython("b", through: proxy)
                    .call("snapshot_download", ["repo_id": "alice/model", "local_dir": byShoal])
                #expect(!proxy.requests.contains { $0.isData }, "\(proxy.requests.map(\.target))")
                try await requireSame(folder, byShoal)

                let byPython = scene.fixture.path("by-python")
                try await scene.freshPython("c")
                    .call("snapshot_download", ["repo_id": "alice/model", "local_dir": byPython])
                proxy.forget()
                _ = try await scene.freshShoal("d", through: proxy).pull("alice/model", "--local-dir", byPython)
                #expect(!proxy.requests.contains { $0.isData }, "\(proxy.requests.map(\.target))")
                try await requireSame(folder, byPython)
            }
        }

        @Test("two pulls and a Python download at once share one cache without harm", .timeLimit(.minutes(2)))
        func concurrentPulls() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleModel.write(to: folder, megabytes: 24, seed: 76)
                try await scene.shoal.push("alice/model", folder)
                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 40 << 20)
                let shoal = scene.freshShoal("shared", through: proxy)
                let python = scene.freshPython("shared", through: proxy)
                async let first = shoal.pull("alice/model")
                async let second = shoal.pull("alice/model")
                async let third = python.call("snapshot_download", ["repo_id": "alice/model"])
                for snapshot in [try await first, try await second, try await third] {
                    try await requireSame(folder, snapshot)
                }
            }
        }

        @Test(
            "two processes that pull the same fetch each byte once", .timeLimit(.minutes(2)), arguments: [true, false])
        func oneFetch(intoCache: Bool) async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                for (number, bytes) in [12 << 20, 9 << 20, 300_000, 5_000].enumerated() {
                    let path = folder + "/\(number).bin"
                    try await SampleContent.random.write(bytes, seed: UInt64(770 + number), to: path)
                }
                try await scene.shoal.push("alice/model", folder)
                let proxy = try scene.proxy()
                // Slow enough that the second has started before the first is done.
                proxy.limit(bytesPerSecond: 10 << 20)
                let shoal = scene.freshShoal("shared", through: proxy)
                let place = intoCache ? [] : ["--local-dir", scene.fixture.path("target")]
                async let first = shoal.run(["pull", "alice/model"] + place)
                async let second = shoal.run(["pull", "alice/model"] + place)
                for result in [try await first, try await second] {
                    try await requireSame(folder, try result.expecting(0).lastLine)
                }
                #expect(proxy.responseBytes > 21 << 20 && proxy.responseBytes < 23 << 20, "\(proxy.responseBytes)")
            }
        }

        @Test("the same file in two repositories is stored and fetched once", .timeLimit(.minutes(1)))
        func sharedBlob() async throws {
            try await withScene { scene in
                let proxy = try scene.proxy()
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(5 << 20, seed: 75, to: folder + "/model.bin")
                try await scene.shoal.push("alice/one", folder)
                try await scene.shoal.push("alice/two", folder)
                let shoal = scene.freshShoal("cache", through: proxy)
                try await requireSame(folder, try await shoal.pull("alice/one"))
                proxy.forget()
                try await requireSame(folder, try await shoal.pull("alice/two"))
                #expect(proxy.responseBytes < 1 << 20, "\(proxy.responseBytes) bytes for a file that is already here")
            }
        }
    }
}

extension RecordedRequest {
    /// Whether it asks for the bytes of a file, not for facts about it.
    var isData: Bool {
        method == "GET" && (target.contains("/resolve/") || target.hasPrefix("/data/"))
    }
}
