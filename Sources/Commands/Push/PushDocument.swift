internal import HubClient
internal import Terminal

/// What `shoal push` prints: one document for machines, two lines for people.
struct PushDocument: Encodable {
    /// The commit's page.
    var url: String
    var commit: String
    /// The repository had all of it already; no commit was made.
    var unchanged: Bool
    var files: Int
    /// Files that the repository had already, byte for byte.
    var unchangedFiles: Int
    /// Bytes of all files together.
    var bytes: UInt64
    /// Bytes in chunks that had to be uploaded.
    var newBytes: UInt64
    /// Bytes in chunks that were known already.
    var dedupedBytes: UInt64
    /// Of these, bytes that only the hub's answers about chunks found.
    var queriedBytes: UInt64
    /// Known bytes that were stored again, so that no file comes apart.
    var defragPreventedBytes: UInt64
    /// Bytes on the wire, compressed.
    var sentBytes: UInt64
    var xorbs: Int
    var commits: Int
    var deletedFiles: Int
    var pullRequestURL: String?
    /// What cannot be pushed: pipes, sockets, devices, and links to folders.
    var leftOut: [String]
    var seconds: Double

    enum CodingKeys: String, CodingKey {
        case url, commit, unchanged, files
        case unchangedFiles = "unchanged_files"
        case bytes
        case newBytes = "new_bytes"
        case dedupedBytes = "deduped_bytes"
        case queriedBytes = "deduped_by_global_dedup_bytes"
        case defragPreventedBytes = "defrag_prevented_bytes"
        case sentBytes = "sent_bytes"
        case xorbs, commits
        case deletedFiles = "deleted_files"
        case pullRequestURL = "pull_request_url"
        case leftOut = "left_out"
        case seconds
    }

    init(_ result: PushResult, elapsed: Duration) {
        url = result.commitURL
        commit = result.commit
        unchanged = result.isUnchanged
        files = result.files
        unchangedFiles = result.unchangedFiles
        bytes = result.totalBytes
        newBytes = result.newBytes
        dedupedBytes = result.dedupedBytes
        queriedBytes = result.queriedBytes
        defragPreventedBytes = result.defragPreventedBytes
        sentBytes = result.sentBytes
        xorbs = result.xorbs
        commits = result.commits
        deletedFiles = result.deletedFiles
        pullRequestURL = result.pullRequestURL
        leftOut = result.leftOut.map(\.path)
        seconds = Double(DurationText.milliseconds(of: elapsed)) / 1000
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// What people read.
    static func lines(_ result: PushResult, elapsed: Duration) -> [String] {
        let time = DurationText.elapsed(elapsed)
        let amount = "\(count(result.files + result.unchangedFiles, "file")), \(ByteText.size(result.totalBytes))"
        if result.isUnchanged { return ["  \(amount): the repository has all of it already (\(time))"] }
        let unchanged = result.unchangedFiles > 0 ? "\(result.unchangedFiles) unchanged, " : ""
        let commits = result.commits > 1 ? ", \(result.commits) commits" : ""
        var lines = [
            "  \(amount): \(unchanged)\(ByteText.size(result.newBytes)) new, "
                + "\(ByteText.size(result.dedupedBytes)) deduplicated, "
                + "\(ByteText.size(result.sentBytes)) sent in \(count(result.xorbs, "xorb"))\(commits) (\(time))"
        ]
        if result.deletedFiles > 0 { lines.append("  \(count(result.deletedFiles, "file")) deleted") }
        if let page = result.pullRequestURL { lines.append("  pull request: \(page)") }
        return lines
    }
}
