/// Who may be served.
public enum Audience: Sendable, Hashable {
    /// Everybody.
    case everybody
    /// Those who know a secret, which has this id.
    case secret(String)
}
