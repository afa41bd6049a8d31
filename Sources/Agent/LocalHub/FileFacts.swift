internal import HubClient
internal import HubWire
internal import NIOHTTP1
internal import Xet

/// What the upstream hub tells one caller about a file.
struct FileFacts: Sendable, Hashable {
    var metadata: FileMetadata
    /// The content's tag as the hub writes it.
    var tag: String
    var contentType: String?
    var disposition: String?

    var hash: FileHash? { metadata.xetHash.flatMap { FileHash($0) } }

    /// - Returns: nil when the answer does not say enough; then it is passed on as it is.
    init?(status: Int, headers: HTTPHeaders, path: String) {
        func value(_ name: String) -> String? { headers.first(name: name) }
        let length = (300..<400).contains(status) ? nil : value("Content-Length")
        guard (200..<400).contains(status), let commit = value(HubHeader.repoCommit), RepoReference.isCommit(commit),
            let tag = value(HubHeader.linkedETag) ?? value("ETag"),
            let size = (value(HubHeader.linkedSize) ?? length).flatMap({ UInt64($0) }), size < 1 << 50
        else { return nil }
        let etag = (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]).filter { $0 != "\"" }
        guard etag.utf8.count == 40 || etag.utf8.count == 64, etag.allSatisfy(\.isHexDigit) else { return nil }
        metadata = FileMetadata(
            path: path, commit: commit, etag: etag.lowercased(), size: size, xetHash: value(HubHeader.xetHash))
        self.tag = tag
        contentType = (300..<400).contains(status) ? nil : value("Content-Type")
        disposition = value("Content-Disposition")
    }

    /// What the cache tells in the hub's place.
    init(metadata: FileMetadata) {
        self.metadata = metadata
        tag = "\"\(metadata.etag)\""
    }
}
