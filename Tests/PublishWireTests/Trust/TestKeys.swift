import PublishWire
import Testing

/// Keys of fixed seeds, and what they have signed.
enum TestKeys {
    /// A time in 2026.
    static let now: Int64 = 1_795_000_000
    static let day: Int64 = 86_400

    static func key(_ number: UInt8) -> SigningKey {
        guard let key = SigningKey(seed: [UInt8](repeating: number, count: 31) + [number &+ 1]) else {
            preconditionFailure("32 bytes are a seed")
        }
        return key
    }

    static let identity = key(1)
    static let operating = key(2)
    static let other = key(3)

    static func delegation(
        from identity: SigningKey = identity, to operating: SigningKey = operating, at time: Int64 = now,
        lifetime: Int64 = Delegation.longest
    ) throws -> Delegation {
        try Delegation(from: identity, to: operating.publicKey, notBefore: time, lifetime: lifetime)
    }

    static func root(
        time: Int64 = now, count: Int = 3, index: UInt8 = 7, delegation: Delegation? = nil,
        rotation: Rotation? = nil, label: String? = nil, entries: [CatalogueID: [UInt8]] = [:]
    ) throws -> RootItem {
        try RootItem(
            delegation: try delegation ?? self.delegation(), index: [UInt8](repeating: index, count: 32), count: count,
            time: time, label: label.flatMap { PublisherLabel($0) }, rotation: rotation, entries: entries)
    }
}

/// Expects an error of a kind.
func expectFault(
    _ code: PublishError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("no error; expected \(code)", sourceLocation: sourceLocation)
    } catch let error as PublishError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("another error: \(error)", sourceLocation: sourceLocation)
    }
}
