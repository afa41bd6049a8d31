/// What a tracker allows.
public struct TrackerLimits: Sendable, Hashable {
    /// Seconds between announces.
    public var interval = 120

    public init() {}
}
