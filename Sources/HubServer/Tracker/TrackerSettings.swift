public import SwarmTracker

/// How a tracker runs, in a hub or alone.
public struct TrackerSettings: Sendable {
    public var limits = TrackerLimits()
    /// The file that keeps its state over a restart; nil keeps none.
    public var stateFile: String?
    /// Addresses of proxies, besides this machine's own, whose word on where a request comes from is believed.
    public var proxies: [String] = []

    public init() {}
}
