import TestSupport

/// The files that are pushed and pulled in both directions: every size class, sub-folders, names beyond ASCII.
enum SampleFolder {
    static let small: [(name: String, content: SampleContent, size: Int)] = [
        ("empty.txt", .zeros, 0),
        ("empty.bin", .zeros, 0),
        ("one.bin", .random, 1),
        ("README.md", .text, 700),
        ("config/generation.json", .text, 3_000),
        ("deep/er/still/notes.txt", .text, 100 << 10),
        ("data/100k.bin", .random, 100 << 10),
        ("data/repeated.bin", .zeros, 3 << 20),
        ("Größe 模型/γ=0.5 & more?.safetensors", .weights, 1 << 20),
        ("name with space+plus%20percent#hash.bin", .random, 70_000),
        ("tokenizer.model", .text, 500_000),
    ]
    static let large: [(name: String, content: SampleContent, size: Int)] = [
        ("ten.bin", .random, 10 << 20),
        ("model-00001-of-00001.safetensors", .weights, (200 << 20) + 12_346),
    ]

    static func write(_ files: [(name: String, content: SampleContent, size: Int)], to folder: String, seed: UInt64)
        async throws
    {
        for (index, file) in files.enumerated() {
            try await file.content.write(file.size, seed: seed &+ UInt64(index), to: folder + "/" + file.name)
        }
    }
}
