import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Integration {
    @Suite struct RoundTripTests {
        @Test("what Python pushes, Shoal pulls byte for byte", .timeLimit(.minutes(6)), arguments: TrustMode.allCases)
        func pythonPushesShoalPulls(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small + SampleFolder.large, to: folder, seed: 11)
                try await scene.python.call("create_repo", ["repo_id": "alice/model"])
                try await scene.python.call("upload_folder", ["repo_id": "alice/model", "folder_path": folder])

                let extra = scene.fixture.path("extra.bin")
                try await SampleContent.random.write(300_000, seed: 12, to: extra)
                try await scene.python.call(
                    "upload_file",
                    ["repo_id": "alice/model", "path_or_fileobj": extra, "path_in_repo": "added/by-file.bin"])
                try await scene.python.hf("upload", "alice/model", extra, "added/by-command.bin").expecting(0)
                for name in ["by-file.bin", "by-command.bin"] {
                    try await SampleContent.random.write(300_000, seed: 12, to: folder + "/added/" + name)
                }

                let snapshot = try await scene.shoal.pull("alice/model")
                #expect(snapshot.hasPrefix(scene.shoal.cache + "/models--alice--model/snapshots/"))
                try await requireSame(folder, snapshot)
            }
        }

        @Test("what Shoal pushes, Python pulls byte for byte", .timeLimit(.minutes(6)), arguments: TrustMode.allCases)
        func shoalPushesPythonPulls(_ mode: TrustMode) async throws {
            try await withScene(hub: mode.hubArguments) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small + SampleFolder.large, to: folder, seed: 21)
                try await scene.shoal.push("alice/model", folder)

                let snapshot = try await scene.python.call("snapshot_download", ["repo_id": "alice/model"])
                try await requireSame(folder, snapshot)

                let single = scene.freshPython("python-single")
                for name in ["empty.bin", "one.bin", "Größe 模型/γ=0.5 & more?.safetensors", "data/100k.bin"] {
                    let path = try await single.call("hf_hub_download", ["repo_id": "alice/model", "filename": name])
                    #expect(try await difference(between: folder + "/" + name, and: path) == nil, "\(name)")
                }

                let command = scene.freshPython("python-command")
                let target = scene.fixture.path("by-hf")
                try await command.hf("download", "alice/model", "--local-dir", target).expecting(0)
                try await requireSame(folder, target)

                let pulled = try await scene.freshShoal("shoal-fresh").pull("alice/model")
                try await requireSame(folder, pulled)
            }
        }

        @Test("a dataset repository goes both ways", .timeLimit(.minutes(2)))
        func dataset() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 31)
                try await scene.shoal.push("alice/tables", folder, "--repo-type", "dataset")
                let snapshot = try await scene.python.call(
                    "snapshot_download", ["repo_id": "alice/tables", "repo_type": "dataset"])
                #expect(snapshot.contains("/datasets--alice--tables/"))
                try await requireSame(folder, snapshot)

                try await scene.python.call(
                    "upload_file",
                    [
                        "repo_id": "alice/tables", "repo_type": "dataset",
                        "path_or_fileobj": folder + "/data/100k.bin", "path_in_repo": "again.bin",
                    ])
                let file = try await scene.shoal.pull("alice/tables", "again.bin", "--repo-type", "dataset")
                #expect(try await difference(between: folder + "/data/100k.bin", and: file) == nil)
            }
        }

        @Test("one GiB goes through both clients, in bounded memory", .timeLimit(.minutes(8)))
        func oneGibibyte() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                let name = "model.safetensors"
                try await SampleModel.writeSafetensors(bytes: 1 << 30, seed: 41, to: folder + "/" + name)
                let push = try await scene.shoal.push("alice/big", folder, timeout: .seconds(300))
                let pull = try await scene.shoal.run("pull", "alice/big", timeout: .seconds(300)).expecting(0)
                #expect(try await difference(between: folder + "/" + name, and: pull.lastLine + "/" + name) == nil)
                for result in [push, pull] {
                    #expect(
                        result.peakMemory < 320 << 20,
                        "\(result.command.label) used \(result.peakMemory >> 20) MiB of memory")
                }
                let path = try await scene.python.call("hf_hub_download", ["repo_id": "alice/big", "filename": name])
                #expect(try await difference(between: folder + "/" + name, and: path) == nil)
            }
        }

        @Test("a pushed change moves only what is new", .timeLimit(.minutes(2)))
        func deduplication() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                let path = folder + "/weights.bin"
                try await SampleContent.random.write(24 << 20, seed: 51, to: path)
                try await scene.shoal.push("alice/model", folder)
                let before = try scene.hub.xorbFiles().reduce(0) { $0 + (try fileSize($1)) }
                try flipByte(at: 12 << 20, in: path)

                try await scene.shoal.push("alice/model", folder)
                let snapshot = try await scene.freshShoal("fresh").pull("alice/model")
                try await requireSame(folder, snapshot)
                let after = try scene.hub.xorbFiles().reduce(0) { $0 + (try fileSize($1)) }
                #expect(before > 24 << 20)
                #expect(after - before < 1 << 20, "one changed byte added \(after - before) bytes to the store")

                // Where nothing is remembered of it the file is hashed first; either way there is nothing to commit.
                for client in [scene.shoal, scene.freshShoal("other")] {
                    try #require(utimes(path, nil) == 0)
                    let pushed = try await client.push("alice/model", folder, "--json")
                    let report = try JSONSerialization.jsonObject(with: Data(pushed.output.utf8)) as? [String: Any]
                    #expect(report?["unchanged"] as? Bool == true && report?["unchanged_files"] as? Int == 1)
                    #expect(report?["sent_bytes"] as? Int == 0)
                }
            }
        }
    }
}
