import Foundation
import Testing

@Suite struct DocumentationTests {
    /// Code is compared line by line, without indentation.
    private func lines(_ text: some StringProtocol) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    @Test func everyCodeBlockOfTheLibrarysArticlesIsCompiled() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let root = tests.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let catalog = root.appendingPathComponent("Sources/HubClient/HubClient.docc")
        let compiled = lines(
            try String(contentsOf: tests.appendingPathComponent("DocumentationExamples.swift"), encoding: .utf8))
        var blocks = 0
        for article in try FileManager.default.contentsOfDirectory(atPath: catalog.path) where article.hasSuffix(".md")
        {
            let text = try String(contentsOf: catalog.appendingPathComponent(article), encoding: .utf8)
            for piece in text.components(separatedBy: "```swift\n").dropFirst() {
                let block = lines(piece.components(separatedBy: "```")[0])
                let isThere = compiled.indices.contains { compiled[$0...].starts(with: block) }
                #expect(isThere, "\(article): a code block is not among the compiled examples: \(block.first ?? "")")
                blocks += 1
            }
        }
        #expect(blocks >= 10)
    }
}
