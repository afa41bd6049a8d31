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
    }
}
