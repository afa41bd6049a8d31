import Testing

@testable import HubClient

@Suite struct GGUFQuantTests {
    private static let repo: [(path: String, size: UInt64)] = [
        ("README.md", 10), ("LICENSE", 10), ("config.json", 10), ("tokenizer.json", 10), ("onnx/model.onnx", 10),
        ("Model-8B-Q4_K_M.gguf", 4_000), ("Model-8B.Q8_0.gguf", 8_000), ("Model-8B-UD-Q4_K_XL.gguf", 4_500),
        ("Model-8B-UD-IQ2_M.gguf", 2_000), ("Model-8B-IQ2_M.gguf", 1_900), ("imatrix.dat", 5),
        ("Model-8B-imatrix.gguf", 5), ("mmproj-Model-8B-bf16.gguf", 60), ("mmproj-Model-8B-f16.gguf", 61),
        ("BF16/Model-8B-BF16-00001-of-00002.gguf", 9_000), ("BF16/Model-8B-BF16-00002-of-00002.gguf", 7_000),
        ("Q6_K/model-00002-of-00003.gguf", 1), ("Q6_K/model-00003-of-00003.gguf", 1), ("model.safetensors", 1),
        ("model.safetensors.index.json", 3), ("chat_template.jinja", 2),
    ]
    private let companions = [
        "LICENSE", "README.md", "chat_template.jinja", "config.json", "mmproj-Model-8B-f16.gguf", "tokenizer.json",
    ]

    private func selection(_ name: String) throws -> [String] { try GGUFQuants(Self.repo).selection(of: name).sorted() }

    @Test("a quantisation is its file, a projector and the small files", arguments: ["Q4_K_M", "q4_k_m", "Q4_k_M"])
    func one(name: String) throws {
        #expect(try selection(name) == (companions + ["Model-8B-Q4_K_M.gguf"]).sorted())
    }

    @Test("the parts of a split file belong together")
    func split() throws {
        let parts = Self.repo.map(\.path).filter { $0.contains("BF16-0000") }
        #expect(try selection("bf16") == (companions + parts).sorted())
    }

    @Test("UD- may be left out unless the plain one is there")
    func dynamic() throws {
        #expect(try selection("Q4_K_XL").contains("Model-8B-UD-Q4_K_XL.gguf"))
        #expect(try selection("IQ2_M").contains("Model-8B-IQ2_M.gguf"))
        #expect(try selection("UD-IQ2_M").contains("Model-8B-UD-IQ2_M.gguf"))
    }

    @Test("what is not there is refused with what there is")
    func missing() throws {
        let error = #expect(throws: HubError.self) { _ = try selection("Q5_K_M") }
        #expect(error?.code == .quantNotFound)
        #expect(error?.hint?.contains("IQ2_M, UD-IQ2_M, Q4_K_M") == true)
        let parts = #expect(throws: HubError.self) { _ = try selection("Q6_K") }
        #expect(parts?.message.contains("2 of its 3 parts") == true)
        let none = #expect(throws: HubError.self) { _ = try GGUFQuants([("a.bin", 1)]).selection(of: "Q4_K_M") }
        #expect(none?.message == "The repository has no GGUF files.")
        let two = #expect(throws: HubError.self) {
            _ = try GGUFQuants([("a-Q4_0.gguf", 1), ("b-Q4_0.gguf", 1)]).selection(of: "Q4_0")
        }
        #expect(two?.code == .quantAmbiguous)
    }

    @Test(
        "names tell the quantisation",
        arguments: [
            ("tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf", "Q4_K_M"), ("qwen2-0_5b-instruct-fp16.gguf", "FP16"),
            ("Mistral-Q4_0_4_4.GGUF", "Q4_0_4_4"), ("gpt-oss-20b-mxfp4.gguf", "MXFP4"), ("x/IQ3_XXS/m.gguf", "IQ3_XXS"),
            ("Qwen3-8B.gguf", nil), ("ggml-model.gguf", nil), ("mmproj-Q8_0.gguf", nil), ("Q4_K_M.txt", nil),
        ] as [(String, String?)])
    func labels(name: String, label: String?) {
        #expect(GGUFFileName(name)?.label == label)
    }
}
