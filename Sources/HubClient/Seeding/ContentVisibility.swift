internal import HubWire

/// Who may read a repository.
public enum ContentVisibility: String, Sendable, Hashable, CaseIterable {
    /// Everybody.
    case `public`
    /// Everybody who was let in.
    case gated
    /// Its owners, and those whom they let in.
    case `private`

    /// What a hub says about a repository.
    /// - Parameter isAnonymous: whether it said so to somebody without a token.
    /// - Returns: nil when it does not say enough.
    init?(_ info: RepoInfo, isAnonymous: Bool) {
        switch (info.isPrivate, info.gated) {
        case (true, _): self = .private
        case (_, .auto), (_, .manual): self = .gated
        case (false, .open), (false, nil): self = .public
        case (nil, _):
            // A hub that keeps no private repositories may leave the word out; what strangers see is public.
            guard isAnonymous else { return nil }
            self = .public
        }
    }
}
