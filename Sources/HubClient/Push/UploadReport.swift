internal import Transfer

/// What is at the hub after an upload, and what it took, whichever way it went.
struct UploadReport: Sendable {
    struct File: Sendable {
        var name: String
        var sha256: String
        var size: UInt64
    }

    var files: [File] = []
    /// Names of files that the repository has with this very content.
    var unchanged: Set<String> = []
    /// Bytes of content that the hub did not have.
    var newBytes: UInt64 = 0
    var dedupedBytes: UInt64 = 0
    /// Of the deduplicated bytes those that only a question to the hub found.
    var queriedBytes: UInt64 = 0
    /// Bytes sent again although the hub has them, so that the file does not lie in crumbs.
    var defragPreventedBytes: UInt64 = 0
    /// Bytes that crossed the network.
    var sentBytes: UInt64 = 0
    var xorbs = 0

    /// Nothing to upload.
    init() {}

    /// An upload over Xet.
    init(_ report: PushReport) {
        files = report.files.filter { !$0.isPresent }.map { File(name: $0.name, sha256: "\($0.sha256)", size: $0.size) }
        unchanged = Set(report.files.filter(\.isPresent).map(\.name))
        newBytes = report.newBytes
        dedupedBytes = report.dedupedBytes
        queriedBytes = report.queriedBytes
        defragPreventedBytes = report.defragPreventedBytes
        sentBytes = report.xorbBytesSent + report.shardBytesSent
        xorbs = report.xorbs
    }

    /// An upload over LFS, which knows whole files only.
    init(_ stored: [LFSUpload.Stored]) {
        files = stored.map { File(name: $0.file.name, sha256: $0.sha256, size: $0.file.size) }
        for entry in stored {
            sentBytes += entry.sentBytes
            if entry.sentBytes > 0 { newBytes += entry.file.size } else { dedupedBytes += entry.file.size }
        }
    }
}
