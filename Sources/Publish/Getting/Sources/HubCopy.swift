package import HubClient
package import NIOCore
internal import PublishWire

/// The files of a repository at a commit, which a manifest says the torrent's files are.
///
/// Files that a hub keeps in its Xet storage come by verified chunks, the others by plain HTTP. The user's token goes to
/// the user's own hub only: a ``Hub`` has one endpoint, and the token that belongs to it. For what others may have it is
/// a hub without a token.
package struct HubCopy: RangeSource {
    /// What the manifest says of a file.
    package struct File: Sendable, Hashable {
        /// In the repository.
        package var path: String
        /// Git's blob id, or the SHA-256 of a large file.
        package var etag: String
        package var xetHash: String?

        package init(path: String, etag: String, xetHash: String?) {
            self.path = path
            self.etag = etag
            self.xetHash = xetHash
        }
    }

    package let name: String
    package let kind = SourceKind.hub
    package let knowsRanges = true
    private let hub: Hub
    private let repo: RepoReference
    private let files: [Int: File]

    /// - Parameters:
    ///   - repo: at a commit.
    ///   - files: by place in the metainfo.
    package init(_ hub: Hub, repo: RepoReference, files: [Int: File]) {
        self.hub = hub
        self.repo = repo
        self.files = files
        name = hub.settings.endpoint
    }

    package func mayHave(_ file: SourceFile) -> Bool { files[file.index] != nil }

    package func read(
        _ file: SourceFile, _ range: Range<Int64>, _ take: @Sendable (ByteBuffer) async throws -> Bool
    ) async throws {
        guard let known = files[file.index] else { throw SourceFault(.lacksFile, "\(file.path) is not on the hub") }
        let metadata = FileMetadata(
            path: known.path, commit: repo.effectiveRevision, etag: known.etag, size: UInt64(file.size),
            xetHash: known.xetHash)
        do {
            let remote = try await hub.file(metadata, of: repo)
            let stream = try await remote.stream(UInt64(range.lowerBound)..<UInt64(range.upperBound))
            for try await part in stream where try await !take(part) { return }
        } catch let error as HubError {
            throw Self.fault(error)
        }
    }

    private static func fault(_ error: HubError) -> SourceFault {
        switch error.code {
        case .entryNotFound: SourceFault(.lacksFile, error.message)
        case .badToken, .notLoggedIn, .gated, .forbidden, .disabled, .repoNotFound, .revisionNotFound, .offline,
            .notAHub:
            SourceFault(.fatal, error.message)
        default: SourceFault(.transient, error.message)
        }
    }
}
