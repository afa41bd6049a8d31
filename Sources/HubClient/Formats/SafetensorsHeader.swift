#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The header of a safetensors file: an 8-byte length, then JSON that names the tensors.
public struct SafetensorsHeader: Sendable, Hashable {
    /// Tensors by their element type, such as `BF16`.
    public var parameters: [String: UInt64]
    public var tensorCount: Int
    /// What the writer noted, such as `format: pt`.
    public var metadata: [String: String]
    /// Bytes of the header, its length field included; the tensors follow.
    public var headerBytes: UInt64

    /// Bytes of the length field.
    public static let prefixBytes = 8
    /// No header is longer than the format allows.
    static let mostHeaderBytes: UInt64 = 100_000_000

    /// The length of the whole header that the first 8 bytes announce.
    /// - Parameter fileSize: what the header must fit into.
    public static func length(announcedBy prefix: [UInt8], fileSize: UInt64) throws(ModelFormatError) -> UInt64 {
        var cursor = ByteCursor(prefix)
        guard let json = try? cursor.number(UInt64.self) else {
            throw ModelFormatError("the file is too short for a safetensors header")
        }
        guard json >= 2, json <= mostHeaderBytes else {
            throw ModelFormatError("a safetensors header of \(json) bytes is not possible")
        }
        guard fileSize >= 8, json <= fileSize - 8 else {
            throw ModelFormatError("the safetensors header is longer than the file")
        }
        return json + 8
    }

    /// Parses a whole header.
    /// - Parameters:
    ///   - bytes: from the start of the file; what follows the header is ignored.
    ///   - fileSize: tensors must end within the file.
    public init(parsing bytes: [UInt8], fileSize: UInt64) throws(ModelFormatError) {
        headerBytes = try SafetensorsHeader.length(announcedBy: bytes, fileSize: fileSize)
        guard UInt64(bytes.count) >= headerBytes else { throw ModelFormatError("the safetensors header is cut short") }
        guard bytes[8] == UInt8(ascii: "{") else { throw ModelFormatError("the safetensors header is not JSON") }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes[8..<Int(headerBytes)]))
        } catch {
            throw ModelFormatError("the safetensors header is not the JSON that it should be")
        }
        metadata = document.metadata
        tensorCount = document.tensors.count
        parameters = [:]
        let room = fileSize - headerBytes
        for (name, tensor) in document.tensors {
            let count = try tensor.elements(named: name)
            try tensor.check(elements: count, room: room, name: name)
            let (sum, overflows) = parameters[tensor.dtype, default: 0].addingReportingOverflow(count)
            guard !overflows else { throw ModelFormatError("the tensors have absurd sizes") }
            parameters[tensor.dtype] = sum
        }
    }

    private struct Tensor: Decodable {
        var dtype: String
        var shape: [UInt64]
        var dataOffsets: [UInt64]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }

        func elements(named name: String) throws(ModelFormatError) -> UInt64 {
            var count: UInt64 = 1
            for length in shape {
                let (product, overflows) = count.multipliedReportingOverflow(by: length)
                guard !overflows else { throw ModelFormatError("the tensor '\(name)' has an absurd shape") }
                count = product
            }
            return count
        }

        func check(elements: UInt64, room: UInt64, name: String) throws(ModelFormatError) {
            guard dataOffsets.count == 2, dataOffsets[0] <= dataOffsets[1], dataOffsets[1] <= room else {
                throw ModelFormatError("the tensor '\(name)' lies outside the file")
            }
            guard dtype.utf8.count <= 32 else { throw ModelFormatError("the tensor '\(name)' has an unknown type") }
            guard let bits = Tensor.bits[dtype] else { return }
            let (product, overflows) = elements.multipliedReportingOverflow(by: bits)
            guard !overflows, (product + 7) / 8 == dataOffsets[1] - dataOffsets[0] else {
                throw ModelFormatError("the tensor '\(name)' has another size than its shape says")
            }
        }

        /// Bits of one element; types that are not listed are taken as they come.
        private static let bits: [String: UInt64] = [
            "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
            "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64,
            "F64": 64, "C64": 64,
        ]
    }

    private struct Document: Decodable {
        var metadata: [String: String] = [:]
        var tensors: [String: Tensor] = [:]

        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys {
                if key.stringValue == "__metadata__" {
                    metadata = try container.decode([String: String].self, forKey: key)
                } else {
                    tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
                }
            }
        }
    }
}

/// The list of the files that a sharded model consists of: `model.safetensors.index.json`.
public struct SafetensorsIndex: Sendable, Hashable {
    /// File names beside the index, sorted.
    public var files: [String]
    /// Bytes of all tensors, if the index says so.
    public var totalSize: UInt64?

    /// Parses an index.
    public init(parsing bytes: [UInt8]) throws(ModelFormatError) {
        struct Document: Decodable {
            struct Metadata: Decodable {
                var total_size: Double?
            }
            var metadata: Metadata?
            var weight_map: [String: String]
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else {
            throw ModelFormatError("the index of the shards is not the JSON that it should be")
        }
        files = Set(document.weight_map.values).sorted()
        totalSize = document.metadata?.total_size.flatMap { UInt64(exactly: $0.rounded()) }
        guard files.allSatisfy({ (try? RepoPath.validate($0)) != nil }) else {
            throw ModelFormatError("the index of the shards names files outside the repository")
        }
    }
}
