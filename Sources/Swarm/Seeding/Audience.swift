/// Who may be served.
public enum Audience: Sendable, Hashable {
    /// Everybody.
    case everybody
    /// Everybody on this network.
    case neighbours
    /// Those who know a secret, which has this id.
    case secret(String)
}
