internal import ChunkStore
internal import HubClient
internal import HubWire

/// A part of a file that a client of the local hub is to get.
struct FileOrder: Sendable {
    var facts: FileFacts
    /// At the file's commit.
    var repo: RepoReference
    var caller: Caller
    var range: Range<UInt64>
    /// Whether the upstream hub has just answered.
    var isOnline: Bool

    var size: UInt64 { facts.metadata.size }
    var isWhole: Bool { range == 0..<size }
    /// What people read.
    var name: String { "\(repo.type.urlPrefix)\(repo.id)/\(facts.metadata.path)" }
}

/// Where a file comes from.
enum FileSource: Sendable {
    /// A finished file of a cache, with the identity under which its content was verified; nil while it was not.
    case local(path: String, verified: FileIdentity?)
    /// A file that is pulled into the agent's own folder for this and other readers.
    case transit(Transit)
    /// Chunk by chunk out of the Xet storage; `areProven` says whether each is verified.
    case xet(FileByteStream, areProven: Bool)
    /// By plain HTTP from the hub.
    case plain(FileByteStream)
}
