import Foundation
import TestSupport
import Testing

extension Integration {
    /// Every call of the unmodified client, in both of its lines, with Xet and without.
    @Suite struct MatrixTests {
        struct Client: CustomTestStringConvertible, Sendable {
            var line: PythonLine
            var usesXet: Bool
            var testDescription: String { "\(line), \(usesXet ? "Xet on" : "Xet off")" }

            static let all = PythonLine.allCases.flatMap { line in
                [true, false].map { Client(line: line, usesXet: $0) }
            }
        }

        private struct Report: Decodable {
            struct Row: Decodable {
                var call: String
                var result: String
            }

            var version: String
            var rows: [Row]
        }

        /// Calls that a line of the client does not have.
        private static let absent: [PythonLine: Set<String>] = [
            .current: ["upload_large_folder"], .old: ["snapshot_download (dry run)"],
        ]

        @Test("every call of the client does what it promises", .timeLimit(.minutes(5)), arguments: Client.all)
        func calls(_ client: Client) async throws {
            try await withScene { scene in
                var python = scene.freshPython("matrix")
                python.line = client.line
                python.usesXet = client.usesXet
                python.environment["BOB_TOKEN"] = try await scene.hub.token(user: "bob")
                let result = try await python.script("matrix.py", ["t"]).expecting(0)
                let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
                let absent = Set(report.rows.filter { $0.result == "absent" }.map(\.call))
                #expect(absent.isSubset(of: Self.absent[client.line] ?? []), "\(absent)")
                for row in report.rows where row.result != "absent" {
                    #expect(row.result == "ok", "\(client.testDescription), \(report.version): \(row.call)")
                }
                #expect(report.rows.count >= 40)
            }
        }

        /// A call of the `hf` command, and what its output must contain.
        private struct Step {
            var arguments: [String]
            var shows: [String] = []
            var code: Int32 = 0
        }

        @Test("the commands of hf work", .timeLimit(.minutes(5)), arguments: [true, false])
        func commands(usesXet: Bool) async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleFolder.write(SampleFolder.small, to: folder, seed: 71)
                try await SampleContent.random.write(2 << 20, seed: 72, to: folder + "/model.bin")
                let target = scene.fixture.path("down")
                var python = scene.freshPython("commands")
                python.usesXet = usesXet
                let steps: [Step] = [
                    Step(arguments: ["auth", "whoami"], shows: ["alice"]),
                    Step(arguments: ["repos", "create", "alice/m"], shows: ["alice/m"]),
                    Step(arguments: ["repos", "create", "alice/m"], code: 1),
                    Step(arguments: ["repos", "create", "alice/m", "--exist-ok"]),
                    Step(arguments: ["repos", "create", "alice/d", "--type", "dataset", "--private"]),
                    Step(arguments: ["upload", "alice/m", folder, "."], shows: ["/commit/"]),
                    Step(arguments: ["download", "alice/m", "--local-dir", target]),
                    Step(arguments: ["upload", "alice/m", folder + "/model.bin", "again.bin"]),
                    Step(arguments: ["upload", "alice/d", folder, ".", "--type", "dataset"]),
                    Step(arguments: ["upload", "alice/m", folder + "/model.bin", "on-dev.bin", "--revision", "dev"]),
                    Step(
                        arguments: ["upload", "alice/m", folder + "/model.bin", "in-pr.bin", "--create-pr"],
                        shows: ["/commit/"]),
                    Step(arguments: ["download", "alice/m", "on-dev.bin", "--revision", "dev"]),
                    Step(arguments: ["download", "alice/m", "in-pr.bin", "--revision", "refs/pr/1"]),
                    Step(arguments: ["download", "alice/d", "--type", "dataset"]),
                    Step(arguments: ["download", "alice/m", "nope.bin"], code: 1),
                    Step(arguments: ["download", "alice/nope"], code: 1),
                    Step(arguments: ["download", "alice/m"]),
                    Step(arguments: ["cache", "verify", "alice/m"]),
                    Step(arguments: ["cache", "ls"], shows: ["alice/m", "alice/d"]),
                    Step(arguments: ["repos", "branch", "create", "alice/m", "b1"]),
                    Step(arguments: ["repos", "branch", "delete", "alice/m", "b1"]),
                    Step(arguments: ["repos", "tag", "create", "alice/m", "v1", "-m", "first"]),
                    Step(arguments: ["repos", "tag", "list", "alice/m"], shows: ["v1"]),
                    Step(arguments: ["repos", "tag", "delete", "alice/m", "v1", "-y"]),
                    Step(arguments: ["repos", "delete-files", "alice/m", "again.bin"], shows: ["/commit/"]),
                    Step(arguments: ["repos", "settings", "alice/m", "--private"]),
                    Step(arguments: ["repos", "settings", "alice/m", "--gated", "auto"]),
                    Step(arguments: ["repos", "list"], shows: ["alice/m"]),
                    Step(arguments: ["models", "list", "--author", "alice"], shows: ["alice/m"]),
                    Step(arguments: ["models", "info", "alice/m"], shows: ["\"sha\""]),
                    Step(arguments: ["models", "list", "alice/m", "--tree", "-R"], shows: ["model.bin"]),
                    Step(arguments: ["datasets", "info", "alice/d"], shows: ["\"sha\""]),
                    Step(arguments: ["datasets", "list", "--author", "alice"], shows: ["alice/d"]),
                    Step(arguments: ["repos", "move", "alice/m", "alice/m2"]),
                    Step(arguments: ["download", "alice/m2", "model.bin"]),
                    Step(arguments: ["repos", "delete", "alice/m2", "-y"]),
                    Step(arguments: ["repos", "delete", "alice/m2", "-y"], code: 1),
                    Step(arguments: ["repos", "delete", "alice/m2", "-y", "--missing-ok"]),
                ]
                for step in steps {
                    let result = try await python.hf(step.arguments)
                    let told = "hf \(step.arguments.joined(separator: " "))\n\(result.output)\n\(result.errors)"
                    #expect(result.code == step.code, "\(told)")
                    for text in step.shows { #expect(result.output.contains(text), "\(text) in \(told)") }
                }
                try await requireSame(folder, target)
            }
        }
    }
}
