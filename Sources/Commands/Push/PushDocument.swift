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
    /// Bytes of all files together.
    var bytes: UInt64
    /// Bytes in chunks that had to be uploaded.
    var newBytes: UInt64
    /// Bytes in chunks that were known already.
    var dedupedBytes: UInt64
    /// Bytes on the wire, compressed.
    var sentBytes: UInt64
    var xorbs: Int
    var seconds: Double

    enum CodingKeys: String, CodingKey {
        case url, commit, unchanged, files, bytes
        case newBytes = "new_bytes"
        case dedupedBytes = "deduped_bytes"
        case sentBytes = "sent_bytes"
        case xorbs, seconds
    }

    init(_ result: PushResult, elapsed: Duration) {
        url = result.commitURL
        commit = result.commit
        unchanged = result.isUnchanged
        files = result.files
        bytes = result.totalBytes
        newBytes = result.newBytes
        dedupedBytes = result.dedupedBytes
        sentBytes = result.sentBytes
        xorbs = result.xorbs
        seconds = Double(DurationText.milliseconds(of: elapsed)) / 1000
    }

    static func lines(_ result: PushResult, elapsed: Duration) -> [String] {
        let time = DurationText.elapsed(elapsed)
        let amount = "\(result.files) \(result.files == 1 ? "file" : "files"), \(ByteText.size(result.totalBytes))"
        if result.isUnchanged { return ["  \(amount): the repository has all of it already (\(time))"] }
        return [
            "  \(amount): \(ByteText.size(result.newBytes)) new, \(ByteText.size(result.dedupedBytes)) deduplicated, "
                + "\(ByteText.size(result.sentBytes)) sent in \(result.xorbs) \(result.xorbs == 1 ? "xorb" : "xorbs") "
                + "(\(time))"
        ]
    }
}
