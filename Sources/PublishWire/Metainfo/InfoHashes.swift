/// What a torrent is called by: the hash of its info dictionary, SHA-1 (v1), SHA-256 (v2), or both (hybrid).
public struct InfoHashes: Sendable, Hashable {
    /// 20 bytes.
    public let v1: [UInt8]?
    /// 32 bytes.
    public let v2: [UInt8]?

    /// - Returns: nil when neither is given, or one has the wrong length.
    public init?(v1: [UInt8]?, v2: [UInt8]?) {
        guard v1 != nil || v2 != nil, v1.map({ $0.count == 20 }) ?? true, v2.map({ $0.count == 32 }) ?? true else {
            return nil
        }
        self.v1 = v1
        self.v2 = v2
    }

    /// The hash that trackers and the DHT know it by first: that of v2, cut to 20 bytes, where there is one.
    public var short: [UInt8] { v2.map { Array($0.prefix(20)) } ?? v1 ?? [] }

    /// Whether both call the same torrent; one may know only one of its hashes. Where both know that of v2, it decides.
    public func isSame(as other: InfoHashes) -> Bool {
        if let v2, let theirs = other.v2 { return v2 == theirs }
        return v1 != nil && v1 == other.v1
    }
}
