import Foundation
import TestSupport
import Testing
import Xet

extension Integration {
    @Suite struct HashTests {
        @Test("shoal hash equals hf_xet.hash_files, with every kernel level", .timeLimit(.minutes(3)))
        func equalsReference() async throws {
            let seed = announcedSeed()
            var generator = SplitMix64(seed: seed)
            try await withFixture { fixture in
                let folder = try fixture.directory("files")
                var sizes = [
                    0, 1, 63, 64, 65, 1023, 1024, 1025, 8191, 8192, 65_536, 131_072, 131_073, 1 << 20, (24 << 20) + 7,
                ]
                for _ in 0..<24 {
                    let magnitude = Int.random(in: 4...23, using: &generator)
                    sizes.append(Int.random(in: 0..<(1 << magnitude), using: &generator))
                }
                var paths: [String] = []
                for (index, size) in sizes.enumerated() {
                    let kind = SampleContent.allCases[Int.random(in: 0..<4, using: &generator)]
                    let path = folder + "/\(index)-\(kind)-\(size)"
                    try await kind.write(size, seed: generator.next(), to: path)
                    paths.append(path)
                }

                let python = PythonClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                let reference = try await python.script("hash_files.py", paths).expecting(0).output
                    .split(whereSeparator: \.isNewline).map(String.init)
                try #require(reference.count == paths.count)

                for level in KernelLevel.available.map(\.rawValue) {
                    var shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                    shoal.environment["SHOAL_KERNELS"] = level
                    let lines = try await shoal.run(["hash"] + paths).expecting(0).output
                        .split(whereSeparator: \.isNewline).map(String.init)
                    try #require(lines.count == paths.count)
                    for (index, path) in paths.enumerated() {
                        #expect(lines[index] == reference[index] + "  " + path, "kernels \(level), seed \(seed)")
                    }
                }
            }
        }

        @Test("a folder means every file below it, by path", .timeLimit(.minutes(1)))
        func folder() async throws {
            try await withFixture { fixture in
                let folder = try fixture.directory("model")
                try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
                let names = ["b.bin", "sub/a.bin", "z.bin"]
                for (index, name) in names.enumerated() {
                    try await SampleContent.text.write(10_000 + index, seed: 3, to: folder + "/" + name)
                }
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                let lines = try await shoal.run(["hash", folder]).expecting(0).output
                let named = try await shoal.run(["hash"] + names.map { folder + "/" + $0 }).expecting(0).output
                #expect(lines == named && lines.split(separator: "\n").count == 3)
            }
        }

        @Test("a kernel level that is not there is named, and another one does the work", .timeLimit(.minutes(1)))
        func refusedKernels() async throws {
            try await withFixture { fixture in
                let path = fixture.path("file")
                try await SampleContent.text.write(100_000, seed: 3, to: path)
                var shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                let usual = try await shoal.run(["hash", path]).expecting(0)
                shoal.environment["SHOAL_KERNELS"] = "abacus"
                let refused = try await shoal.run(["hash", path]).expecting(0)
                #expect(refused.output == usual.output)
                #expect(refused.errors.contains("warning: SHOAL_KERNELS=abacus"))
                #expect(!usual.errors.contains("warning:"))
            }
        }

        @Test("hash --sha256 --json says both hashes and the size", .timeLimit(.minutes(1)))
        func json() async throws {
            try await withFixture { fixture in
                let path = fixture.path("abc.txt")
                try await writeText("abc", to: path)
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                let result = try await shoal.run("hash", "--sha256", "--json", path).expecting(0)
                let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
                #expect(result.output.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
                #expect(result.output.contains(path.replacing("/", with: "\\/")) || result.output.contains(path))
                #expect(document is [Any] || document is [String: Any])
                let plain = try await shoal.run("hash", path).expecting(0).trimmed.prefix(64)
                #expect(plain.count == 64 && result.output.contains(plain))
            }
        }

        @Test("a file that is missing is an error, not a hash", .timeLimit(.minutes(1)))
        func missing() async throws {
            try await withFixture { fixture in
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                try requireRefused(try await shoal.run("hash", fixture.path("nothing")), hint: false)
            }
        }
    }
}
