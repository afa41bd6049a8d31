import Foundation
import HubWire

/// The body of a commit as clients from before 2023 send it.
struct LegacyCommit: Decodable {
    struct File: Decodable {
        var path: String
        var content: String
        var encoding: String?
    }

    struct LargeFile: Decodable {
        var path: String
        var oid: String
        var size: Int64?
    }

    struct Path: Decodable {
        var path: String
    }

    var summary: String?
    var description: String?
    var parentCommit: String?
    var files: [File]?
    var lfsFiles: [LargeFile]?
    var deletedFiles: [Path]?
    var deletedFolders: [Path]?

    /// The same in the lines that clients send today.
    var lines: [CommitLine] {
        let header = CommitLine.header(
            summary: summary ?? "", description: description ?? "", parentCommit: parentCommit)
        return [header]
            + (files ?? []).map { file in
                // Plain text was the rule then.
                let isBase64 = file.encoding == "base64"
                return .file(
                    path: file.path,
                    content: isBase64 ? file.content : Data(file.content.utf8).base64EncodedString())
            }
            + (lfsFiles ?? []).map { .lfsFile(path: $0.path, oid: $0.oid, size: $0.size) }
            + (deletedFiles ?? []).map { .deletedFile(path: $0.path) }
            + (deletedFolders ?? []).map { .deletedFolder(path: $0.path) }
    }
}
