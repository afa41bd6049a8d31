import Testing

@testable import Commands

@Suite struct PushWordsTests {
    private func words(
        _ local: String?, _ place: String? = nil, include: [String] = [], path: String? = nil, there: Set<String> = []
    ) throws -> PushWords {
        try PushWords(
            local: local, pathInRepo: place, include: include, repository: "model", path: path,
            kind: { there.contains($0) ? .folder : nil })
    }

    @Test("the defaults are those of hf upload") func defaults() throws {
        #expect(try words(nil, there: ["model"]).local == "model")
        #expect(try words("x", there: ["x"]).local == "x")
        #expect(try words("x", "y").pathInRepo == "y")
        #expect(try words("x", path: "y").pathInRepo == "y")
        let wild = try words("*.safetensors")
        #expect(wild.local == "." && wild.include == ["*.safetensors"] && wild.pathInRepo == nil)
        let named = try words("model [v2].bin", there: ["model [v2].bin"])
        #expect(named.local == "model [v2].bin" && named.include.isEmpty)
        #expect(try words("-", "notes/x.txt").local == "-")
    }

    @Test("what cannot be meant is wrong usage") func refused() {
        for attempt in [
            { try words(nil) }, { try words("x", "y", path: "z") }, { try words("-") }, { try words("-", "dir/") },
            { try words("*.bin", include: ["x"]) }, { try words("", there: [""]) }, { try words("*.bin", "sub") },
        ] as [() throws -> PushWords] {
            let failure = #expect(throws: CommandFailure.self) { try attempt() }
            #expect(failure?.exitCode == 2)
        }
    }
}
