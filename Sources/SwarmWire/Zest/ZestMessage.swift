public import Xet

/// The four messages of zest 0.4.2 under the extension `ut_xet` (p2p.md §1.7). All integers are big-endian.
public enum ZestMessage: Sendable, Hashable {
    /// Asks for chunks of a xorb.
    case request(id: UInt32, xorb: XorbHash, chunks: Range<UInt32>)
    /// What stands before the bytes of an answer: the index of the first chunk, and how many bytes of chunk frames
    /// follow.
    case response(id: UInt32, firstChunk: UInt32, size: UInt32)
    /// The peer does not have the xorb.
    case notFound(id: UInt32, xorb: XorbHash)
    /// The peer could not answer. zest never sends it and has no codes.
    case failure(id: UInt32, code: UInt32, text: String)

    private static let requestType: UInt8 = 1
    package static let responseType: UInt8 = 2
    private static let notFoundType: UInt8 = 3
    private static let failureType: UInt8 = 4

    /// Bytes of a request: type, id, hash, first chunk, end.
    public static let requestSize = 45
    /// Bytes of a response before its chunks: type, id, first chunk, size.
    public static let responseHeadSize = 13
    /// The largest frame that zest reads.
    public static let maximumFrame = 64 << 20 + 1024
    /// Bytes of chunk frames that fit into one answer.
    public static let maximumResponse = maximumFrame - responseHeadSize - 2

    /// The type of a message that starts with this byte is one that zest's protocol has. Any other makes zest crash.
    public static func isKnown(type: UInt8) -> Bool { (requestType...failureType).contains(type) }

    /// The bytes; of a response, those before the chunks.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        switch self {
        case .request(let id, let xorb, let chunks):
            bytes.append(Self.requestType)
            bytes.append(bigEndian: id)
            bytes.append(contentsOf: xorb.bytes)
            bytes.append(bigEndian: chunks.lowerBound)
            bytes.append(bigEndian: chunks.upperBound)
        case .response(let id, let firstChunk, let size):
            bytes.append(Self.responseType)
            bytes.append(bigEndian: id)
            bytes.append(bigEndian: firstChunk)
            bytes.append(bigEndian: size)
        case .notFound(let id, let xorb):
            bytes.append(Self.notFoundType)
            bytes.append(bigEndian: id)
            bytes.append(contentsOf: xorb.bytes)
        case .failure(let id, let code, let text):
            bytes.append(Self.failureType)
            bytes.append(bigEndian: id)
            bytes.append(bigEndian: code)
            bytes.append(contentsOf: text.utf8)
        }
        return bytes
    }

    /// Reads a message; of a response, what stands before the chunks.
    /// - Parameter message: everything after the extension's number.
    /// - Returns: nil for a type that is not known here, and for the older request without chunk indices, which no
    ///   content is in common with (p2p.md §2.1).
    public init?(_ message: UnsafeRawBufferPointer) throws(SwarmWireError) {
        var reader = WireReader(message)
        switch try reader.byte("the type") {
        case Self.requestType:
            guard message.count >= Self.requestSize else { return nil }
            let id: UInt32 = try reader.integer("a request's id")
            let xorb: XorbHash = try reader.hash("a request's hash")
            let first: UInt32 = try reader.integer("a request's first chunk")
            let end: UInt32 = try reader.integer("a request's end")
            try reader.expectEnd()
            guard first < end else { throw SwarmWireError(.malformed, "a request asks for no chunk") }
            self = .request(id: id, xorb: xorb, chunks: first..<end)
        case Self.responseType:
            let id: UInt32 = try reader.integer("a response's id")
            let first: UInt32 = try reader.integer("a response's first chunk")
            let size: UInt32 = try reader.integer("a response's size")
            guard Int(size) == reader.remaining else {
                throw SwarmWireError(.malformed, "a response promises \(size) bytes and brings \(reader.remaining)")
            }
            self = .response(id: id, firstChunk: first, size: size)
        case Self.notFoundType:
            self = .notFound(id: try reader.integer("an id"), xorb: try reader.hash("a hash"))
            try reader.expectEnd()
        case Self.failureType:
            let id: UInt32 = try reader.integer("an id")
            let code: UInt32 = try reader.integer("an error's code")
            self = .failure(id: id, code: code, text: String(decoding: reader.rest.prefix(256), as: UTF8.self))
        default:
            return nil
        }
    }
}
