/// How far a transfer is at one moment.
public struct TransferSnapshot: Sendable, Hashable {
    /// A file on its way.
    public struct File: Sendable, Hashable {
        public var name: String
        public var totalBytes: UInt64
        /// Bytes verified and written (pull), or that the hub has or is being sent (push).
        public var completedBytes: UInt64
    }

    public var elapsed: Duration = .zero
    /// Files that are known so far; all of them from the first bytes on.
    public var totalFiles = 0
    public var finishedFiles = 0
    public var failedFiles = 0
    public var totalBytes: UInt64 = 0
    /// Bytes verified and written (pull), or that the hub has or is being sent (push), of all files.
    public var completedBytes: UInt64 = 0
    /// Bytes that crossed the network.
    public var networkBytes: UInt64 = 0
    /// Completed bytes per second, over the last seconds.
    public var bytesPerSecond: Double = 0
    /// Files that are neither finished nor waiting, by name.
    public var active: [File] = []
}
