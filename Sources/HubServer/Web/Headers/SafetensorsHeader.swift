import Foundation

/// Reads the header of a safetensors file: its length in 8 bytes, then JSON.
enum SafetensorsHeader {
    /// Longer headers are not read.
    static let maximumLength = 16 << 20
    private static let maximumTensors = 100_000

    /// The length of the header after the first 8 bytes.
    static func length(of start: Data, fileSize: UInt64) throws(HeaderProblem) -> Int {
        guard start.count >= 8 else { throw HeaderProblem(description: "the file is shorter than 8 bytes") }
        let length = start.littleEndian(at: 0)
        guard length >= 2, length <= UInt64(maximumLength), length <= fileSize - 8 else {
            throw HeaderProblem(description: "its header would have \(length) bytes")
        }
        return Int(length)
    }

    static func parse(_ json: Data) throws(HeaderProblem) -> TensorTable {
        struct Entry: Decodable {
            var dtype: String
            var shape: [UInt64]
            var data_offsets: [UInt64]
        }
        enum Value: Decodable {
            case tensor(Entry)
            case metadata([String: String])

            init(from decoder: any Decoder) throws {
                self =
                    if let entry = try? Entry(from: decoder) { .tensor(entry) } else {
                        .metadata(try [String: String](from: decoder))
                    }
            }
        }
        guard let entries = try? JSONDecoder().decode([String: Value].self, from: json),
            entries.count <= maximumTensors
        else { throw HeaderProblem(description: "its header is not a list of tensors") }
        var found: [(start: UInt64, tensor: TensorTable.Tensor)] = []
        var metadata: [(String, String)] = []
        for (name, value) in entries {
            switch value {
            case .tensor(let entry):
                guard entry.data_offsets.count == 2, entry.data_offsets[0] <= entry.data_offsets[1] else {
                    throw HeaderProblem(description: "the place of a tensor is malformed")
                }
                let bytes = entry.data_offsets[1] - entry.data_offsets[0]
                let tensor = TensorTable.Tensor(name: name, type: entry.dtype, shape: entry.shape, bytes: bytes)
                found.append((entry.data_offsets[0], tensor))
            case .metadata(let facts):
                guard name == "__metadata__" else {
                    throw HeaderProblem(description: "an entry of its header is no tensor")
                }
                metadata += facts.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
            }
        }
        found.sort { ($0.start, $0.tensor.name) < ($1.start, $1.tensor.name) }
        return TensorTable(format: "safetensors", tensors: found.map(\.tensor), metadata: metadata)
    }
}
