internal import HubClient
internal import Terminal

/// What `shoal pull --dry-run` prints; sizes are numbers of bytes.
struct PreviewReport: Encodable {
    struct File: Encodable {
        var path: String
        var size: UInt64
        var willDownload: Bool

        enum CodingKeys: String, CodingKey {
            case path, size
            case willDownload = "will_download"
        }
    }

    var commit: String
    var files: [File]
    /// Bytes of all wanted files.
    var bytes: UInt64
    var downloadFiles: Int
    var downloadBytes: UInt64
    var isOffline: Bool

    enum CodingKeys: String, CodingKey {
        case commit, files, bytes
        case downloadFiles = "download_files"
        case downloadBytes = "download_bytes"
        case isOffline = "offline"
    }

    init(_ preview: PullPreview) {
        commit = preview.commit
        files = preview.files.map { File(path: $0.path, size: $0.size, willDownload: !$0.isOnDisk) }
        bytes = preview.files.reduce(0) { $0 + $1.size }
        downloadFiles = preview.toFetch.count
        downloadBytes = preview.toFetch.reduce(0) { $0 + $1.size }
        isOffline = preview.isOffline
    }

    /// A sentence, and a table of the files; a dash stands for a file that is on the disk already.
    static func lines(_ preview: PullPreview) -> [String] {
        let report = PreviewReport(preview)
        let count = report.downloadFiles
        var table = TextTable([.init("SIZE", .right), .init("FILE")])
        for file in preview.files { table.append(file.isOnDisk ? "-" : ByteText.size(file.size), file.path) }
        return [
            "[dry-run] Will download \(count) \(count == 1 ? "file" : "files") (out of \(preview.files.count)) "
                + "totalling \(ByteText.size(report.downloadBytes))."
        ] + table.lines()
    }
}
