/// One file of a long operation.
public struct TransferItem: Sendable, Hashable {
    public var name: String
    public var totalBytes: UInt64

    public init(name: String, totalBytes: UInt64) {
        self.name = name
        self.totalBytes = totalBytes
    }
}

/// How work on a file ended.
public enum TransferOutcome: Sendable, Hashable { case transferred, alreadyPresent, failed }

/// Watches a transfer. Calls come from any thread, once per part of about a MiB, never per chunk; they must return fast.
public protocol TransferObserver: Sendable {
    func began(_ item: TransferItem)
    /// Bytes of the file that were verified and written (pull), or that the hub has or is being sent (push).
    func advanced(_ name: String, bytes: UInt64)
    /// Bytes that crossed the network.
    func travelled(_ bytes: UInt64)
    /// Bytes that peers have sent; in place of ``travelled(_:)``.
    func travelledFromPeers(_ bytes: UInt64)
    func finished(_ name: String, outcome: TransferOutcome)
    /// Something that the user should know although the transfer goes on: one clause, small first letter, no full stop.
    func warned(_ message: String)
    /// Chunks were compared with their hashes by a stream.
    func verified(chunks: UInt64)
    /// The hub has taken something for good, so that a push that continues this one need not send it again.
    func kept()
}

extension TransferObserver {
    public func verified(chunks: UInt64) {}
    public func kept() {}
    public func warned(_ message: String) {}
    public func travelledFromPeers(_ bytes: UInt64) { travelled(bytes) }
}

/// Ignores everything.
public struct SilentObserver: TransferObserver {
    public init() {}
    public func began(_ item: TransferItem) {}
    public func advanced(_ name: String, bytes: UInt64) {}
    public func travelled(_ bytes: UInt64) {}
    public func finished(_ name: String, outcome: TransferOutcome) {}
}
