/// The header of a GGUF file: typed keys and values, then the list of tensors.
///
/// The beginning of a file is enough for the keys that describe the model; those of the tokenizer, which are long,
/// come later, and the tensors after them.
public struct GGUFHeader: Sendable, Hashable {
    /// A value; of arrays only the length is kept.
    public enum Value: Sendable, Hashable {
        case unsigned(UInt64)
        case signed(Int64)
        case float(Double)
        case bool(Bool)
        case text(String)
        case array(count: UInt64)
    }

    public var version: UInt32
    /// As announced.
    public var tensorCount: UInt64
    public var values: [String: Value] = [:]
    /// Elements by the tensors' type, such as `Q4_K`; nil when the bytes end before the list of tensors does.
    public var parameters: [String: UInt64]?

    /// Parses as much as the bytes have.
    /// - Parameter bytes: the file, or its beginning.
    /// - Throws: ``ModelFormatError`` when it is no GGUF file or no bytes after these could make it one.
    public init(parsing bytes: [UInt8]) throws(ModelFormatError) {
        var cursor = ByteCursor(bytes)
        guard let magic = try? cursor.take(4), Array(magic) == Array("GGUF".utf8) else {
            throw ModelFormatError("the file does not begin as GGUF does")
        }
        guard let version = try? cursor.number(UInt32.self), (1...3).contains(version) else {
            throw ModelFormatError("this version of GGUF is not known")
        }
        self.version = version
        var reader = Reader(cursor: cursor, isFirstVersion: version == 1)
        guard let tensors = try? reader.length(), let pairs = try? reader.length() else {
            throw ModelFormatError("the file is too short for a GGUF header")
        }
        guard tensors <= Self.mostTensors, pairs <= Self.mostPairs else {
            throw ModelFormatError("the GGUF header has absurd counts")
        }
        tensorCount = tensors
        do {
            for _ in 0..<pairs {
                let key = try reader.text()
                guard let value = try reader.value(of: try reader.cursor.number(UInt32.self), depth: 0) else {
                    continue
                }
                values[key] = value
            }
            parameters = try reader.tensors(tensors)
        } catch let error as ModelFormatError {
            throw error
        } catch {
            // The bytes end here; what was read so far is good.
        }
    }

    /// Whether the whole header was there.
    public var isComplete: Bool { parameters != nil }

    private static let mostTensors: UInt64 = 1 << 20
    private static let mostPairs: UInt64 = 1 << 16

    /// A number, whatever its type; nil for others and for negative ones.
    public func number(_ key: String) -> UInt64? {
        switch values[key] {
        case .unsigned(let value): value
        case .signed(let value): UInt64(exactly: value)
        default: nil
        }
    }

    public func text(_ key: String) -> String? {
        if case .text(let value) = values[key] { value } else { nil }
    }

    /// The model's family, such as `llama`.
    public var architecture: String? { text("general.architecture") }
    public var name: String? { text("general.name") }
    public var licence: String? { text("general.license") }

    /// Tokens that the model was made for.
    public var contextLength: UInt64? { architecture.flatMap { number("\($0).context_length") } }

    /// Tokens that the tokenizer knows.
    public var vocabularySize: UInt64? {
        if case .array(let count) = values["tokenizer.ggml.tokens"] { return count }
        return architecture.flatMap { number("\($0).vocab_size") }
    }

    /// How most tensors are quantised, such as `Q4_K_M`.
    public var quantisation: String? { number("general.file_type").flatMap { GGUFNames.fileTypes[$0] } }
}

extension GGUFHeader {
    /// Reads values; runs out with ``ByteCursor/EndOfBytes``.
    private struct Reader {
        var cursor: ByteCursor
        /// The first version has counts of 4 bytes.
        let isFirstVersion: Bool

        /// Longer names and notes are skipped.
        private static let longestText: UInt64 = 1 << 16

        mutating func length() throws -> UInt64 {
            isFirstVersion ? UInt64(try cursor.number(UInt32.self)) : try cursor.number(UInt64.self)
        }

        mutating func text() throws -> String {
            let count = try length()
            guard count <= Self.longestText else {
                try cursor.skip(count)
                return ""
            }
            return String(decoding: try cursor.take(count), as: UTF8.self)
        }

        /// - Returns: nil for a type that cannot be skipped because it is not known.
        mutating func value(of type: UInt32, depth: Int) throws -> Value? {
            switch type {
            case 0: .unsigned(UInt64(try cursor.number(UInt8.self)))
            case 1: .signed(Int64(try cursor.number(Int8.self)))
            case 2: .unsigned(UInt64(try cursor.number(UInt16.self)))
            case 3: .signed(Int64(try cursor.number(Int16.self)))
            case 4: .unsigned(UInt64(try cursor.number(UInt32.self)))
            case 5: .signed(Int64(try cursor.number(Int32.self)))
            case 6: .float(Double(Float(bitPattern: try cursor.number(UInt32.self))))
            case 7: .bool(try cursor.number(UInt8.self) != 0)
            case 8: .text(try text())
            case 9: try array(depth: depth)
            case 10: .unsigned(try cursor.number(UInt64.self))
            case 11: .signed(try cursor.number(Int64.self))
            case 12: .float(Double(bitPattern: try cursor.number(UInt64.self)))
            default: throw ModelFormatError("the GGUF header has a value of the unknown type \(type)")
            }
        }

        private mutating func array(depth: Int) throws -> Value {
            let type = try cursor.number(UInt32.self)
            let count = try length()
            guard depth < 4 else { throw ModelFormatError("the GGUF header has arrays inside arrays without end") }
            let sizes: [UInt32: UInt64] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
            if let size = sizes[type] {
                let (bytes, overflows) = count.multipliedReportingOverflow(by: size)
                guard !overflows else { throw ModelFormatError("the GGUF header has an array of absurd length") }
                try cursor.skip(bytes)
                return .array(count: count)
            }
            // Each of these takes some bytes, so the loop ends with the bytes at the latest.
            guard type == 8 || type == 9 else {
                throw ModelFormatError("the GGUF header has an array of the unknown type \(type)")
            }
            for _ in 0..<count {
                if type == 8 { try cursor.skip(try length()) } else { _ = try array(depth: depth + 1) }
            }
            return .array(count: count)
        }

        mutating func tensors(_ count: UInt64) throws -> [String: UInt64] {
            var parameters: [String: UInt64] = [:]
            for _ in 0..<count {
                try cursor.skip(try length())
                let dimensions = try cursor.number(UInt32.self)
                guard dimensions <= 8 else { throw ModelFormatError("a tensor has \(dimensions) dimensions") }
                var elements: UInt64 = 1
                for _ in 0..<dimensions {
                    let (product, overflows) = elements.multipliedReportingOverflow(by: try length())
                    guard !overflows else { throw ModelFormatError("a tensor has an absurd shape") }
                    elements = product
                }
                let type = try cursor.number(UInt32.self)
                try cursor.skip(8)
                let name = GGUFNames.tensorTypes[type] ?? "type \(type)"
                let (sum, overflows) = parameters[name, default: 0].addingReportingOverflow(elements)
                guard !overflows else { throw ModelFormatError("the tensors have absurd sizes") }
                parameters[name] = sum
            }
            return parameters
        }
    }
}

/// The numbers that GGUF files have for types of tensors and of whole files.
enum GGUFNames {
    static let tensorTypes: [UInt32: String] = [
        0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
        12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
        20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
        29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
    ]

    static let fileTypes: [UInt64: String] = [
        0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
        12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS",
        20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M",
        28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4_MOE",
    ]
}
