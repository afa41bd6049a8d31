/// Reading and writing of statements: fields of fixed size, big-endian.
struct StatementReader {
    private var rest: ArraySlice<UInt8>
    private let what: String

    /// - Parameter size: what all bytes together must be.
    init(_ bytes: [UInt8], size: Int, what: String) throws(PublishError) {
        guard bytes.count == size else {
            throw PublishError(.malformed, "a \(what) has \(size) bytes, this has \(bytes.count)")
        }
        rest = bytes[...]
        self.what = what
    }

    mutating func take(_ count: Int) throws(PublishError) -> [UInt8] {
        guard count <= rest.count else { throw PublishError(.malformed, "a \(what) ends too early") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func key() throws(PublishError) -> PublisherKey {
        guard let key = PublisherKey(try take(PublisherKey.size)) else {
            throw PublishError(.badKey, "a \(what) names a key that anybody could sign for")
        }
        return key
    }

    mutating func version(_ known: UInt8) throws(PublishError) {
        let version = try take(1)[0]
        guard version == known else {
            throw PublishError(
                .unsupported, "a \(what) of version \(version) is not known", hint: "update Shoal")
        }
    }

    /// Seconds since 1970.
    mutating func time() throws(PublishError) -> Int64 {
        let value = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let time = Int64(exactly: value), time <= Times.latest else {
            throw PublishError(.malformed, "a \(what) has a time that is out of range")
        }
        return time
    }

    mutating func number() throws(PublishError) -> UInt32 {
        try take(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
}

/// Times in statements and items are seconds since 1970.
public enum Times {
    /// The year 9999; later is no time.
    public static let latest: Int64 = 253_402_300_799
    /// How far another machine's clock may be ahead.
    public static let clockSkew: Int64 = 24 * 3_600
    static let day: Int64 = 24 * 3_600
}
