/// What a peer says about itself in BEP 10's first message: which extensions it speaks, under which message numbers.
public struct ExtensionHandshake: Sendable, Hashable {
    /// Bytes that the message may have.
    public static let maximumSize = 8 << 10

    /// zest's messages (p2p.md §1.7).
    public static let zestName: BencodeKey = "ut_xet"
    /// Shoal's messages (docs/swarm.md).
    public static let shoalName: BencodeKey = "sh_swarm"

    /// The number under which the peer wants an extension's messages, by the extension's name.
    public var extensions: [BencodeKey: UInt8]
    /// Where the peer listens for connections.
    public var port: UInt16?
    /// The peer's program and version; at most 64 characters are kept.
    public var client: String?
    /// How many requests the peer queues.
    public var requestQueue: Int?

    public init(
        extensions: [BencodeKey: UInt8], port: UInt16? = nil, client: String? = nil, requestQueue: Int? = nil
    ) {
        self.extensions = extensions
        self.port = port
        self.client = client
        self.requestQueue = requestQueue
    }

    /// The bencoded dictionary.
    public var bytes: [UInt8] {
        var entries: [BencodeKey: BencodeValue] = [
            "m": .dictionary(extensions.mapValues { .integer(Int64($0)) })
        ]
        entries["p"] = port.map { .integer(Int64($0)) }
        entries["v"] = client.map(BencodeValue.string)
        entries["reqq"] = requestQueue.map { .integer(Int64($0)) }
        return Bencode.encode(.dictionary(entries))
    }

    /// Reads the dictionary. Unknown keys are passed over, as are values that make no sense; an extension under
    /// number 0 counts as switched off (BEP 10).
    public init(_ bytes: [UInt8]) throws(SwarmWireError) {
        guard bytes.count <= Self.maximumSize else {
            throw SwarmWireError(.tooLarge, "the extension handshake has \(bytes.count) bytes")
        }
        // Some programs append bytes to the dictionary; BEP 10 does not forbid it.
        let (value, _) = try Bencode.decodePrefix(bytes[...])
        guard value.dictionary != nil else {
            throw SwarmWireError(.malformed, "the extension handshake is no dictionary")
        }
        extensions = [:]
        for (name, number) in value["m"]?.dictionary ?? [:] {
            if let number = number.integer.flatMap({ UInt8(exactly: $0) }), number > 0 { extensions[name] = number }
        }
        port = value["p"]?.integer.flatMap { UInt16(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil }
        client = value["v"]?.text.map { text in
            String(text.unicodeScalars.prefix(64).map { $0.properties.isPrintable ? Character($0) : "?" })
        }
        requestQueue = value["reqq"]?.integer.flatMap { Int(exactly: $0) }.map { min(max($0, 1), 1 << 16) }
    }
}

extension Unicode.Scalar.Properties {
    /// Whether the scalar may stand in a line of a log.
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .surrogate, .unassigned, .privateUse, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
