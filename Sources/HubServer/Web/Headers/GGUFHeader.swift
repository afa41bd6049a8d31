import Foundation

/// Reads the header of a GGUF file, versions 2 and 3: metadata, then the list of tensors.
struct GGUFHeader {
    /// A header that goes on beyond this many bytes, as one with a large vocabulary may, is not read.
    static let maximumLength = 48 << 20
    private static let maximumTensors: UInt64 = 100_000
    private static let maximumEntries: UInt64 = 10_000
    private static let maximumText = 64 << 10

    private let bytes: Data
    private var position = 0

    private init(_ bytes: Data) { self.bytes = bytes }

    /// Parses the start of a file.
    /// - Returns: nil when more bytes of it are needed.
    static func parse(_ start: Data) throws(HeaderProblem) -> TensorTable? {
        var reader = GGUFHeader(start)
        do {
            return try reader.table()
        } catch {
            switch error {
            case .short: return nil
            case .wrong(let problem): throw HeaderProblem(description: problem)
            }
        }
    }

    private enum Failure: Error {
        /// The header goes on behind the bytes at hand.
        case short
        case wrong(String)
    }

    private mutating func table() throws(Failure) -> TensorTable {
        guard try integer(UInt32.self) == 0x4655_4747 else { throw .wrong("it does not start as a GGUF file does") }
        let version = try integer(UInt32.self)
        guard version == 2 || version == 3 else { throw .wrong("GGUF version \(version) is not known here") }
        let tensorCount = try integer(UInt64.self)
        let entryCount = try integer(UInt64.self)
        guard tensorCount <= Self.maximumTensors, entryCount <= Self.maximumEntries else {
            throw .wrong("its header lists \(tensorCount) tensors and \(entryCount) facts")
        }
        var metadata: [(String, String)] = []
        for _ in 0..<entryCount {
            let key = try text()
            metadata.append((key, try value(type: integer(UInt32.self), depth: 0)))
        }
        var tensors: [TensorTable.Tensor] = []
        for _ in 0..<tensorCount {
            let name = try text()
            let dimensions = try integer(UInt32.self)
            guard dimensions <= 8 else { throw .wrong("a tensor has \(dimensions) dimensions") }
            var shape: [UInt64] = []
            for _ in 0..<dimensions { shape.append(try integer(UInt64.self)) }
            let type = try integer(UInt32.self)
            _ = try integer(UInt64.self)
            tensors.append(TensorTable.Tensor(name: name, type: Self.typeName(type), shape: shape, bytes: nil))
        }
        return TensorTable(format: "GGUF \(version)", tensors: tensors, metadata: metadata)
    }

    private mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(Failure) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard bytes.count - position >= size else { throw .short }
        defer { position += size }
        return bytes.withUnsafeBytes {
            Integer(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Integer.self))
        }
    }

    private mutating func skip(_ count: UInt64) throws(Failure) {
        guard count <= UInt64(bytes.count - position) else {
            if count > UInt64(Self.maximumLength) { throw .wrong("a value of its header is too long") }
            throw .short
        }
        position += Int(count)
    }

    private mutating func text() throws(Failure) -> String {
        let length = try integer(UInt64.self)
        let start = position
        try skip(length)
        let kept = bytes.dropFirst(start).prefix(min(Int(length), Self.maximumText))
        return String(decoding: kept, as: UTF8.self)
    }

    private mutating func value(type: UInt32, depth: Int) throws(Failure) -> String {
        switch type {
        case 0: return "\(try integer(UInt8.self))"
        case 1: return "\(try integer(Int8.self))"
        case 2: return "\(try integer(UInt16.self))"
        case 3: return "\(try integer(Int16.self))"
        case 4: return "\(try integer(UInt32.self))"
        case 5: return "\(try integer(Int32.self))"
        case 6: return "\(Float(bitPattern: try integer(UInt32.self)))"
        case 7: return try integer(UInt8.self) == 0 ? "false" : "true"
        case 8: return try text()
        case 9: return try array(depth: depth)
        case 10: return "\(try integer(UInt64.self))"
        case 11: return "\(try integer(Int64.self))"
        case 12: return "\(Double(bitPattern: try integer(UInt64.self)))"
        default: throw .wrong("a fact of its header has the unknown type \(type)")
        }
    }

    /// An array is passed over; its length is what a page shows.
    private mutating func array(depth: Int) throws(Failure) -> String {
        guard depth < 4 else { throw .wrong("its header is nested too deeply") }
        let type = try integer(UInt32.self)
        let count = try integer(UInt64.self)
        let sizes: [UInt32: UInt64] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
        if let size = sizes[type] {
            let (length, isOver) = count.multipliedReportingOverflow(by: size)
            guard !isOver else { throw .wrong("an array of its header is too long") }
            try skip(length)
        } else {
            guard count <= UInt64(Self.maximumLength) else { throw .wrong("an array of its header is too long") }
            for _ in 0..<count {
                if type == 8 { try skip(integer(UInt64.self)) } else { _ = try value(type: type, depth: depth + 1) }
            }
        }
        return "\(count) values"
    }

    private static func typeName(_ type: UInt32) -> String {
        let names: [UInt32: String] = [
            0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K",
            11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS",
            19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32",
            27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
        ]
        return names[type] ?? "type \(type)"
    }
}
