internal import ChunkStore
internal import Xet

/// What a pull would bring, found out without bringing it.
public struct PullPreview: Sendable, Hashable {
    /// One wanted file.
    public struct File: Sendable, Hashable {
        /// The path inside the repository.
        public var path: String
        public var size: UInt64
        /// Where the bytes come from; they add up to the size.
        public var parts: [Part]

        /// Whether the content is on this machine already, by name and size; nothing is read to find out.
        public var isOnDisk: Bool { !parts.contains { $0.origin == .hub } }
    }

    /// Bytes of a file that come from one place.
    public struct Part: Sendable, Hashable {
        public enum Origin: String, Sendable, Hashable, CaseIterable {
            /// They are where they shall be.
            case inPlace = "in_place"
            /// The repository's part of the cache has them.
            case cache
            /// Another repository in the cache has the same content.
            case sharedStore = "shared_store"
            /// An interrupted pull has left them verified.
            case partial
            case hub
        }

        public var origin: Origin
        public var bytes: UInt64
        /// The file that has them; nil for the hub.
        public var path: String?
        /// The folders of the repositories that share the content, `models--ns--name`.
        public var users: [String] = []
    }

    /// Bytes by where they come from.
    public func bytes(from origin: Part.Origin) -> UInt64 {
        files.lazy.flatMap(\.parts).filter { $0.origin == origin }.reduce(0) { $0 + $1.bytes }
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

extension PullPreview {
    /// The parts of a file that must be fetched: what an interrupted pull has noted, and the rest.
    static func fetching(
        _ file: TreeListing.File, partial: String? = nil, journal: String? = nil, usesXet: Bool = false
    ) -> [Part] {
        guard usesXet, let partial, let journal, let hash = file.xetHash.flatMap({ FileHash($0) }),
            Disk.status(partial)?.isRegular == true,
            case let kept = Journal.coveredBytes(path: journal, file: hash, size: file.size), kept > 0
        else { return [Part(origin: .hub, bytes: file.size)] }
        return [
            Part(origin: .partial, bytes: kept, path: partial), Part(origin: .hub, bytes: file.size - kept),
        ]
    }
}
