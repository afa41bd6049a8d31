/// One thing that a ``FaultProxy`` does to the exchanges it matches.
public struct Fault: Sendable {
    public enum Effect: Sendable {
        /// Turns all bits of the byte at this offset of the response body, where the body is that long.
        case flipByte(at: Int)
        /// Sends this many bytes of the response body, then closes the connection.
        case truncate(after: Int)
        /// Answers 302 with a Location of this base (`http://host:port`) and the request's own target.
        case redirect(to: String)
        /// Answers itself; the request does not reach the hub.
        case respond(status: Int, headers: [(String, String)], body: [UInt8])
        /// Replaces the whole body of a successful response.
        case rewrite(@Sendable ([UInt8]) -> [UInt8])
        /// Takes the request and never answers.
        case hang
        /// Sends these bytes of the response body twice.
        case duplicate(Range<Int>)
        /// Exchanges the two stretches of this length that begin at the offset, where the body is that long.
        case reorder(at: Int, length: Int)
        /// Announces this many bytes, whatever the body has.
        case announce(Int)
        /// Sends this many bytes of the response body, then nothing more, and leaves the connection open.
        case stall(after: Int)
        /// Sends this many bytes of the response body, then resets the connection.
        case reset(after: Int)
        /// Sends the response body no faster than this.
        case trickle(bytesPerSecond: Int)
        /// Waits before the request goes on.
        case delay(Duration)
        /// Asks for the whole object and answers 200, whatever range was wanted.
        case ignoreRange
    }

    /// `GET`, `HEAD`, …; nil matches all.
    public var method: String?
    /// What the request target must start with. For a pattern in its middle use ``contains``.
    public var prefix: String
    /// What the request target must contain, besides.
    public var contains: String
    public var effect: Effect
    /// How many exchanges are affected; nil for all.
    public var times: Int?

    public init(method: String? = nil, prefix: String = "/", contains: String = "", times: Int? = nil, _ effect: Effect)
    {
        self.method = method
        self.prefix = prefix
        self.contains = contains
        self.times = times
        self.effect = effect
    }

    func matches(_ head: HTTPHead) -> Bool {
        (method == nil || method == head.method) && head.target.hasPrefix(prefix)
            && (contains.isEmpty || head.target.contains(contains))
    }
}

/// A request as it came to a ``FaultProxy``.
public struct RecordedRequest: Sendable {
    /// Its place among all requests of the proxy.
    var number: Int
    public var method: String
    /// Path and query.
    public var target: String
    public var headers: [(name: String, value: String)]
    /// Whether a fault was applied.
    public var isFaulted: Bool
    /// What it was answered with; nil until an answer has begun.
    public var status: Int?
    public var time = ContinuousClock.now

    /// Whether a text stands anywhere in the target or the headers.
    public func carries(_ secret: String) -> Bool {
        target.contains(secret) || headers.contains { $0.value.contains(secret) }
    }

    /// The value of a header, its name in any case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
