/// How far a file may go. Unknown means not at all.
public enum SeedAccess: UInt8, Sendable, Hashable, Comparable {
    case nobody
    /// Only those who know a secret that this machine shares.
    case secretHolders
    /// These, and everybody on this network.
    case neighbours
    case everybody

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public func allows(_ audience: Audience) -> Bool {
        switch audience {
        case .everybody: self >= .everybody
        case .neighbours: self >= .neighbours
        case .secret: self >= .secretHolders
        }
    }
}
