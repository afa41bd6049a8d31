import Foundation
import TestSupport
import Testing

/// What hf_xet reports of an upload.
private struct DedupMetrics: Decodable {
    var total_bytes: Int
    var new_bytes: Int
    var deduped_bytes_by_global_dedup: Int
    var xorb_bytes_uploaded: Int
}

/// Deduplication across users, machines and repositories, with the unmodified hf_xet as client.
extension Integration {
    @Suite struct GlobalDedupTests {
        private func upload(_ python: PythonClient, _ repo: String, _ path: String) async throws -> DedupMetrics {
            let result = try await python.script("xet_upload.py", [repo, path]).expecting(0)
            return try JSONDecoder().decode(DedupMetrics.self, from: Data(result.trimmed.utf8))
        }

        @Test("a second machine sends next to nothing of what the hub has", .timeLimit(.minutes(3)))
        func secondMachine() async throws {
            try await withScene { scene in
                for name in ["one", "two"] {
                    try await scene.python.call("create_repo", ["repo_id": "alice/\(name)"])
                }
                let size = 96 << 20
                let path = scene.fixture.path("model.bin")
                try await SampleContent.random.write(size, seed: 701, to: path)
                let first = try await upload(scene.freshPython("first"), "alice/one", path)
                #expect(first.new_bytes == size && first.deduped_bytes_by_global_dedup == 0)

                let second = try await upload(scene.freshPython("second"), "alice/two", path)
                print(
                    "global dedup: \(second.deduped_bytes_by_global_dedup) of \(second.total_bytes) bytes, "
                        + "\(second.xorb_bytes_uploaded) sent")
                #expect(second.total_bytes == size)
                // Only what is matched before the answer is at hand counts as found by a query; the rest is looked up in it.
                #expect(second.deduped_bytes_by_global_dedup > 0)
                #expect(second.xorb_bytes_uploaded < size / 20)

                // A variant that shares its first three quarters.
                let variant = scene.fixture.path("variant.bin")
                let shared = try readBytes(path).prefix(size * 3 / 4)
                try await writeBytes(shared + SampleContent.random.bytes(size / 4, seed: 702), to: variant)
                let third = try await upload(scene.freshPython("third"), "alice/two", variant)
                #expect(third.deduped_bytes_by_global_dedup > 0)
                #expect(third.xorb_bytes_uploaded < size * 3 / 10)

                // And what was put together that way is the file.
                let python = scene.freshPython("fourth")
                try await python.call(
                    "upload_file",
                    ["repo_id": "alice/two", "path_or_fileobj": variant, "path_in_repo": "variant.bin"])
                let snapshot = try await scene.freshShoal("check").pull("alice/two")
                #expect(try await difference(between: variant, and: snapshot + "/variant.bin") == nil)
            }
        }

        @Test(
            "an answer that a collection has outdated is refused by name, and no file is lost", .timeLimit(.minutes(3)))
        func outdatedAnswer() async throws {
            try await withScene { scene in
                for name in ["one", "two"] {
                    try await scene.python.call("create_repo", ["repo_id": "alice/\(name)"])
                }
                let path = scene.fixture.path("model.bin")
                try await SampleContent.random.write(20 << 20, seed: 703, to: path)
                _ = try await upload(scene.freshPython("first"), "alice/one", path)
                let second = scene.freshPython("second")
                let answered = try await upload(second, "alice/two", path)
                #expect(answered.deduped_bytes_by_global_dedup > 0 && answered.xorb_bytes_uploaded < 1 << 20)

                // Nothing was committed, so all of it goes.
                let report = try await scene.hubCommand("gc", "--grace", "0", "--json").expecting(0)
                #expect(report.output.contains(#""dropped""#))
                #expect(try scene.hub.xorbFiles().isEmpty)

                let refused = try await second.script("xet_upload.py", ["alice/two", path])
                print("hf_xet on an outdated answer: \(refused.status) \(refused.errors.suffix(600))")
                #expect(refused.code == 1)
                #expect(refused.errors.contains("has not been uploaded"))
                try await scene.hubCommand("fsck", "--deep").expecting(0)

                // Without its memory it sends everything, and so does everybody else.
                try FileManager.default.removeItem(atPath: second.home + "/xet")
                let again = try await upload(second, "alice/two", path)
                #expect(again.new_bytes == 20 << 20)
                try await scene.shoal.push("alice/two", path)
                let snapshot = try await scene.freshShoal("check").pull("alice/two")
                #expect(try await difference(between: path, and: snapshot + "/model.bin") == nil)
            }
        }
    }
}
