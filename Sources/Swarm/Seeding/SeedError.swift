/// Why a library does not give what it was asked for. Peers hear no more than "not here" of it.
public enum SeedError: Error, Sendable, Hashable {
    /// This audience cannot have it: it is not here, not any more, or not for them; which of these is nobody's business.
    case notHere
    /// The range is empty, or longer than the library's largest answer.
    case badRange
}
