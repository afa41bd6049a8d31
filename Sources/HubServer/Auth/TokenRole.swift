/// What a token allows.
enum TokenRole: String, Sendable, CaseIterable, Codable {
    /// Reads what its user may read.
    case read
    /// Does what its user may do.
    case write
    /// Reads and changes everything on the hub.
    case admin
    /// Does what its grants say, as far as its user may do it.
    case fineGrained = "fine-grained"

    /// The name that the Hub's API has for it.
    var wireName: String { self == .fineGrained ? "fineGrained" : rawValue }
}
