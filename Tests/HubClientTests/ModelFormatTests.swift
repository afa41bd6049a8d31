import Foundation
import Testing

@testable import HubClient

@Suite struct ModelFormatTests {
    static func safetensors(_ json: String) -> [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { bytes += $0 }
        return bytes + Array(json.utf8)
    }

    private static let sample = safetensors(
        """
        {"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[10,20],"data_offsets":[0,400]},\
        "b":{"dtype":"F32","shape":[5],"data_offsets":[400,420]},"s":{"dtype":"I64","shape":[],"data_offsets":[420,428]}}
        """)

    @Test("a safetensors header tells parameters by type")
    func safetensorsHeader() throws {
        let size = UInt64(Self.sample.count) + 428
        let header = try SafetensorsHeader(parsing: Self.sample, fileSize: size)
        #expect(header.parameters == ["BF16": 200, "F32": 5, "I64": 1])
        #expect(header.tensorCount == 3)
        #expect(header.metadata == ["format": "pt"])
        #expect(header.headerBytes == UInt64(Self.sample.count))
    }

    @Test(
        "hostile safetensors headers are refused",
        arguments: [
            #"{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,21]}}"#,
            #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#,
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[99999999,100000003]}}"#,
            #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
            #"{"a":17}"#, "[]", "{\"a\":", "null", String(repeating: "[", count: 10_000),
            "{\"a\":" + String(repeating: "{\"a\":", count: 5_000),
        ])
    func hostile(json: String) {
        let bytes = Self.safetensors(json)
        #expect(throws: ModelFormatError.self) {
            _ = try SafetensorsHeader(parsing: bytes, fileSize: UInt64(bytes.count) + 1000)
        }
    }

    @Test("a safetensors length that cannot be is refused before anything is read")
    func lengths() {
        for length in [0, 1, UInt64.max, UInt64(Int.max), 1 << 40] {
            let prefix = withUnsafeBytes(of: length.littleEndian) { Array($0) }
            #expect(throws: ModelFormatError.self) {
                _ = try SafetensorsHeader.length(announcedBy: prefix, fileSize: .max)
            }
        }
        #expect(throws: ModelFormatError.self) { _ = try SafetensorsHeader.length(announcedBy: [1, 2], fileSize: 2) }
    }

    @Test("an index names its shards, and none outside")
    func index() throws {
        let text =
            #"{"metadata":{"total_size":123},"weight_map":{"a":"m-2.safetensors","b":"m-1.safetensors","c":"m-2.safetensors"}}"#
        let index = try SafetensorsIndex(parsing: Array(text.utf8))
        #expect(index.files == ["m-1.safetensors", "m-2.safetensors"])
        #expect(index.totalSize == 123)
        for bad in [
            #"{"weight_map":{"a":"../x"}}"#, #"{"weight_map":{"a":"/etc/passwd"}}"#, "{}", #"{"weight_map":7}"#,
        ] {
            #expect(throws: ModelFormatError.self) { _ = try SafetensorsIndex(parsing: Array(bad.utf8)) }
        }
    }

    @Test("a GGUF header tells the model and its tensors")
    func gguf() throws {
        for version in [UInt32(2), 3] {
            let header = try GGUFHeader(parsing: GGUFSample.bytes(version: version))
            #expect(header.isComplete)
            #expect(header.architecture == "llama")
            #expect(header.contextLength == 8192)
            #expect(header.vocabularySize == 300)
            #expect(header.quantisation == "Q4_K_M")
            #expect(header.licence == "mit")
            let parameters = header.parameters ?? [:]
            #expect(parameters.count == 2 && parameters["Q4_K"] == 4096 * 16 && parameters["F32"] == 4096)
        }
        #expect(throws: ModelFormatError.self) { _ = try GGUFHeader(parsing: Array("GGML".utf8) + [3, 0, 0, 0]) }
        #expect(throws: ModelFormatError.self) { _ = try GGUFHeader(parsing: []) }
    }

    @Test("the beginning of a GGUF file tells what it has")
    func ggufPrefix() throws {
        let bytes = GGUFSample.bytes(version: 3)
        var known = 0
        for length in 24...bytes.count {
            let header = try GGUFHeader(parsing: Array(bytes[..<length]))
            #expect(header.isComplete == (length == bytes.count))
            #expect(header.values.count >= known)
            known = header.values.count
        }
    }

    @Test("damaged headers never trap")
    func fuzz() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("ModelFormatTests.fuzz: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let gguf = GGUFSample.bytes(version: 3)
        for sample in [gguf, Self.sample] {
            for _ in 0..<20_000 {
                var bytes = sample
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes[place] = [0, 0xFF, 0x7F, 0x80].randomElement(using: &random) ?? 0
                    case 2: bytes.removeLast(bytes.count - place)
                    default: for index in place..<min(place + 8, bytes.count) { bytes[index] = 0xFF }
                    }
                    if bytes.isEmpty { break }
                }
                _ = try? GGUFHeader(parsing: bytes)
                _ = try? SafetensorsHeader(parsing: bytes, fileSize: UInt64.random(in: 0...10_000, using: &random))
                _ = try? SafetensorsIndex(parsing: bytes)
            }
        }
    }

    @Test("licences stand in the head of a README")
    func licence() {
        #expect(ModelCard.licence(in: "---\nlanguage: en\nlicense: apache-2.0\n---\n# x") == "apache-2.0")
        #expect(ModelCard.licence(in: "---\nlicense: \"mit\"\n---") == "mit")
        #expect(ModelCard.licence(in: "---\ntitle: x\n---\nlicense: mit") == nil)
        #expect(ModelCard.licence(in: "license: mit") == nil)
    }
}

/// A small GGUF header with everything that matters.
enum GGUFSample {
    static func bytes(version: UInt32) -> [UInt8] {
        var out = Array("GGUF".utf8)
        func put<T: FixedWidthInteger>(_ value: T) { withUnsafeBytes(of: value.littleEndian) { out += $0 } }
        func text(_ value: String) {
            put(UInt64(value.utf8.count))
            out += Array(value.utf8)
        }
        put(version)
        put(UInt64(2))
        put(UInt64(8))
        for (key, value) in [("general.architecture", "llama"), ("general.license", "mit"), ("general.name", "Größe")] {
            text(key)
            put(UInt32(8))
            text(value)
        }
        text("general.file_type")
        put(UInt32(4))
        put(UInt32(15))
        text("llama.context_length")
        put(UInt32(10))
        put(UInt64(8192))
        text("llama.rope.freq_base")
        put(UInt32(6))
        put(Float(10_000).bitPattern)
        text("tokenizer.ggml.tokens")
        put(UInt32(9))
        put(UInt32(8))
        put(UInt64(300))
        for index in 0..<300 { text("token\(index)") }
        text("tokenizer.ggml.scores")
        put(UInt32(9))
        put(UInt32(6))
        put(UInt64(300))
        for _ in 0..<300 { put(UInt32(0)) }
        for (name, shape, type) in [("blk.0.w", [UInt64(4096), 16], UInt32(12)), ("norm", [4096], 0)] {
            text(name)
            put(UInt32(shape.count))
            for length in shape { put(length) }
            put(type)
            put(UInt64(0))
        }
        return out
    }
}
