internal import Transfer

/// Where the files of a pull go: the cache, or a plain folder.
protocol PullDestination: Sendable {
    /// What ``PullResult/path`` says for the whole, or for one file of it.
    func path(of file: TreeListing.File?, commit: String) -> String
    /// The listing of a commit that an earlier pull kept.
    func knownListing(of commit: String) -> TreeListing?
    /// Refuses files that cannot be placed safely; writes nothing.
    func validate(_ files: [TreeListing.File], commit: String) throws
    /// Makes folders before the first file comes, and notes the commit and the listing if that is new.
    func prepare(commit: String, revision: String, listing: TreeListing?, keeping: TreeListing.Keeping) throws
    /// Whether a file is there, complete and of this commit, as far as can be told without reading it.
    func holds(_ file: TreeListing.File, commit: String) -> Bool
    /// Makes sure that the disk has room for the files that are not there yet.
    /// - Throws: ``HubError`` with code `no_space`.
    func requireSpace(for files: [TreeListing.File], commit: String) throws
    /// Where the bytes of a file would come from, as far as can be told without reading content.
    func parts(of file: TreeListing.File, commit: String) -> [PullPreview.Part]
    /// Puts a file in its place, fetching it if it is nowhere on this machine.
    func place(_ file: TreeListing.File, commit: String, fetcher: FileFetcher) async throws -> Placement
}

/// How a file came to its place.
struct Placement: Sendable {
    var outcome: TransferOutcome
    var statistics = PullStatistics()

    static let alreadyPresent = Placement(outcome: .alreadyPresent)
}

extension PullDestination {
    /// Whether the file needs not travel, as far as can be told without reading anything.
    func isOnDisk(_ file: TreeListing.File, commit: String) -> Bool {
        !parts(of: file, commit: commit).contains { $0.origin == .hub }
    }
}
