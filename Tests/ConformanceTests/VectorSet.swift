import Foundation
import Testing
import Xet

/// The recorded output of other implementations (`vectors/README.md`). A file that is missing fails its test.
struct VectorSet: Decodable {
    struct Input: Decodable {
        var recipe: Recipe
        var size: Int
        var sha256: SHA256Digest
        var fileHash: FileHash
        var chunks: [RecordedChunk]
        var chunkTreeRoot: NodeHash

        enum CodingKeys: String, CodingKey {
            case recipe, size, sha256, chunks
            case fileHash = "file_hash"
            case chunkTreeRoot = "chunk_tree_root"
        }
    }

    struct RecordedChunk: Decodable {
        var chunk: Chunk

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            let length = try list.decode(UInt32.self)
            chunk = Chunk(hash: try list.decode(ChunkHash.self), length: length)
        }
    }

    struct Session: Decodable, CustomTestStringConvertible {
        var name: String
        var inputs: [String]
        var xorbs: [RecordedXorb]
        var shards: [RecordedShard]

        var testDescription: String { name }
    }

    struct RecordedXorb: Decodable {
        var hash: XorbHash
        var file: String
        var fileWithFooter: String
        var wireLength: Int
        var crc64nvme: String
        var schemes: [UInt8]
        var policyBlocks: [[Int]]

        enum CodingKeys: String, CodingKey {
            case hash, file, crc64nvme, schemes
            case fileWithFooter = "file_with_footer"
            case wireLength = "wire_len"
            case policyBlocks = "policy_blocks"
        }
    }

    struct RecordedShard: Decodable {
        var file: String
        var footer: Bool
        var shardHash: ShardHash
        var segments: [String: [RecordedSegment]]

        enum CodingKeys: String, CodingKey {
            case file, footer, segments
            case shardHash = "shard_hash"
        }
    }

    struct RecordedSegment: Decodable, Equatable {
        var xorb: XorbHash
        var start: UInt32
        var end: UInt32

        init(_ segment: ShardSegment) {
            xorb = segment.xorb
            start = segment.chunkStart
            end = segment.chunkEnd
        }

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            xorb = try list.decode(XorbHash.self)
            start = try list.decode(UInt32.self)
            end = try list.decode(UInt32.self)
        }
    }

    struct TreeCase: Decodable, CustomTestStringConvertible {
        struct Leaf: Decodable {
            var hash: ChunkHash
            var size: UInt64

            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                hash = try list.decode(ChunkHash.self)
                size = try list.decode(UInt64.self)
            }
        }

        var nodes: [Leaf]
        var root: NodeHash
        /// Pairs of salt and salted root.
        var salted: [[String]]

        var testDescription: String { "\(nodes.count) leaves, root \(root)" }
    }

    var inputs: [String: Input]
    var sessions: [Session]
    var hashTreeCases: [TreeCase]

    enum CodingKeys: String, CodingKey {
        case inputs, sessions
        case hashTreeCases = "hash_tree_cases"
    }

    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors")

    /// Nil when the file is missing or unreadable, which `VectorSetTests` reports.
    static let shared = try? JSONDecoder().decode(VectorSet.self, from: Data(read("vectors.json")))

    static func read(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: directory.appending(path: name)))
    }

    static var inputNames: [String] { shared?.inputs.keys.sorted() ?? [] }
    static var sessions: [Session] { shared?.sessions ?? [] }
    static var treeCases: [TreeCase] { shared?.hashTreeCases ?? [] }
}
