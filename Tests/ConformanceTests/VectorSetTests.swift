import Foundation
import Testing
import Xet

@Suite struct VectorSetTests {
    @Test("every recorded file is present and none is unknown")
    func completeness() throws {
        let vectors = try #require(VectorSet.shared, "vectors.json is missing or unreadable")
        var expected: Set<String> = ["README.md", "vectors.json", "wire-sample.json"]
        for session in vectors.sessions {
            expected.formUnion(session.shards.map(\.file))
            expected.formUnion(session.xorbs.flatMap { [$0.file, $0.fileWithFooter] })
        }
        let present = try FileManager.default.contentsOfDirectory(atPath: VectorSet.directory.path)
        #expect(Set(present) == expected)
        #expect(vectors.inputs.count == 30)
        #expect(vectors.sessions.count == 9)
        #expect(vectors.hashTreeCases.count == 16)
    }
}
