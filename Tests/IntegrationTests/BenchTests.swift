import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct BenchTests {
        private struct Document: Decodable {
            struct Kernel: Decodable {
                var name: String
                var gigabytes_per_second: Double
            }

            struct Transfer: Decodable {
                var name: String
                var bytes: Int
                var cpu_seconds: Double
                var wall_seconds: Double
                var peak_memory: Int
            }

            var version: String
            var instructions: String
            var processors: Int
            var kernels: [Kernel]
            var transfers: [Transfer]
        }

        @Test("bench measures every part, as JSON and for people, and leaves nothing behind", .timeLimit(.minutes(2)))
        func bench() async throws {
            try await withFixture { fixture in
                let temporary = try fixture.directory("temporary")
                var shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                // What steers the user's own transfers says nothing about a hub of this machine.
                shoal.environment = [
                    "TMPDIR": temporary, "HF_HUB_OFFLINE": "1", "SHOAL_LIMIT_RATE": "1", "SHOAL_LIMIT_UPLOAD": "1",
                    "HTTP_PROXY": "http://127.0.0.1:9", "SHOAL_CONFIG": fixture.path("nothing.json"),
                ]
                let result = try await shoal.run("bench", "--size", "8", "--json", timeout: .seconds(60)).expecting(0)
                let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
                #expect(!document.version.isEmpty && !document.instructions.isEmpty && document.processors > 0)
                #expect(
                    document.transfers.map(\.name) == [
                        "hash", "push", "push again, file touched", "push again", "pull", "pull again",
                    ])
                for transfer in document.transfers {
                    #expect(transfer.bytes == 8 << 20)
                    #expect(transfer.cpu_seconds > 0 && transfer.wall_seconds > 0, "\(transfer.name)")
                    #expect((1 << 20..<1 << 30).contains(transfer.peak_memory), "\(transfer.name)")
                }
                #expect(document.kernels.count >= 5)
                for kernel in document.kernels { #expect(kernel.gigabytes_per_second > 0.01, "\(kernel.name)") }

                let table = try await shoal.run("bench", "--size", "1", timeout: .seconds(60)).expecting(0).output
                for name in document.transfers.map(\.name) + document.kernels.map(\.name) {
                    #expect(table.contains(name), "\(name) is not in \(table)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
                let refused = try await shoal.run("bench", "--size", "0")
                #expect(refused.code == 2, "\(refused.errors)")
            }
        }
    }
}
