/// What a pull would bring, found out without bringing it.
public struct PullPreview: Sendable, Hashable {
    /// One wanted file.
    public struct File: Sendable, Hashable {
        /// The path inside the repository.
        public var path: String
        public var size: UInt64
        /// Whether the content is on this machine already, by name and size; nothing is read to find out.
        public var isOnDisk: Bool
    }

    /// The commit that the files are of, 40 hex digits.
    public var commit: String
    /// The wanted files, sorted by the bytes of their paths.
    public var files: [File]
    /// Whether the network is off or the hub did not answer, so that the cache's own listing was asked.
    public var isOffline: Bool
    /// Patterns of the request that fit no file.
    public var unmatchedPatterns: [String]

    /// The files that would travel.
    public var toFetch: [File] { files.filter { !$0.isOnDisk } }
}
