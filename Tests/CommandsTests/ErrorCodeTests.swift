import Foundation
import Testing

/// What scripts rely on: every code that the program can print stands in the documentation.
@Suite struct ErrorCodeTests {
    @Test func everyCodeIsDocumented() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/errors.md"), encoding: .utf8)
        var codes = Set<String>()
        let expression = /(?:Code\(rawValue: |CommandFailure\(\s*code: |self\.init\(\s*code: )"([a-z_]+)"/
        let modules = [
            "ChunkStore", "Commands", "HubClient", "Publish", "PublishWire", "ServerCommands", "Torrents", "Transfer",
            "Transport", "Xet", "XetClient",
        ]
        for module in modules {
            let folder = root.appendingPathComponent("Sources/\(module)")
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                codes.formUnion(text.matches(of: expression).map { String($0.output.1) })
            }
        }
        #expect(codes.count > 60, "the search finds too little: \(codes.count)")
        #expect(codes.filter { !page.contains("`\($0)`") }.sorted() == [])
    }
}
