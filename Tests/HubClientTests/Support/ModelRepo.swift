import Crypto
import Foundation
import HubWire
import Synchronization

@testable import HubClient

/// A repository that a ``FakeHub`` serves: files at one commit, read and written by the hub's routes.
final class ModelRepo: Sendable {
    struct File: Sendable {
        var data: Data
        var isLFS: Bool
    }

    static let commit = String(repeating: "c0ffee", count: 6) + "beef"
    static let nextCommit = String(repeating: "0ddba11", count: 5) + "cafe0"

    let files: Mutex<[String: File]>
    let branches: Mutex<[String: String]>

    init(_ files: [String: String], lfs: [String: String] = [:]) {
        var all = files.mapValues { File(data: Data($0.utf8), isLFS: false) }
        for (path, text) in lfs { all[path] = File(data: Data(text.utf8), isLFS: true) }
        self.files = Mutex(all)
        branches = Mutex(["main": Self.commit])
    }

    static func gitID(_ data: Data) -> String {
        Insecure.SHA1.hash(data: Data("blob \(data.count)\0".utf8) + data).map { String(format: "%02x", $0) }.joined()
    }

    static func sha256(_ data: Data) -> String { SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined() }

    static func etag(_ file: File) -> String { file.isLFS ? sha256(file.data) : gitID(file.data) }

    var entries: [TreeEntry] {
        files.withLock { files in
            files.sorted { $0.key < $1.key }.map { path, file in
                let size = Int64(file.data.count)
                let lfs = file.isLFS ? TreeEntry.LFS(oid: Self.sha256(file.data), size: size, pointerSize: 131) : nil
                return TreeEntry(type: .file, path: path, oid: Self.gitID(file.data), size: size, lfs: lfs)
            }
        }
    }

    /// Answers as a hub that has the one model `ns/name`.
    @Sendable func handle(_ request: FakeHub.Request) -> FakeHub.Reply {
        let api = "/api/models/ns/name"
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        func commit(_ segment: String) -> String? {
            guard let revision = PercentEncoding.decode(segment) else { return nil }
            if revision == Self.commit || revision == Self.nextCommit { return revision }
            return branches.withLock { $0[revision] }
        }
        func json(_ value: some Encodable) -> FakeHub.Reply {
            (try? JSONEncoder().encode(value)).map { FakeHub.Reply(body: $0) } ?? .error(500)
        }
        switch (request.method, request.path) {
        case ("GET", _) where request.path.hasPrefix(api + "/revision/"):
            guard let sha = commit(parts[6]) else { return .error(404, "RevisionNotFound") }
            var info = RepoInfo(id: "ns/name")
            info.sha = sha
            return json(info)
        case ("GET", _) where request.path.hasPrefix(api + "/tree/"):
            return commit(parts[6]) == nil ? .error(404, "RevisionNotFound") : json(entries)
        case ("GET", _) where request.path.hasPrefix("/ns/name/resolve/"):
            let path = PercentEncoding.decode(parts[5...].joined(separator: "/")) ?? ""
            guard let file = files.withLock({ $0[path] }) else { return .error(404, "EntryNotFound") }
            return FakeHub.Reply(
                headers: [("ETag", "\"\(Self.etag(file))\""), ("X-Repo-Commit", Self.commit)], body: file.data)
        case ("POST", "/api/repos/create"):
            return .text(#"{"error":"exists","url":"http://hub/ns/name"}"#, status: 409)
        case ("POST", _) where request.path.hasPrefix(api + "/branch/"):
            branches.withLock { $0[PercentEncoding.decode(parts[6]) ?? ""] = Self.commit }
            return .text("{}")
        case ("POST", _) where request.path.hasPrefix(api + "/preupload/"):
            guard let asked = try? JSONDecoder().decode(PreuploadRequest.self, from: Data(request.body.utf8)) else {
                return .error(400)
            }
            return json(
                PreuploadReply(
                    commitOid: Self.commit,
                    files: asked.files.map { file in
                        let current = files.withLock { $0[file.path] }
                        return PreuploadReply.File(
                            path: file.path, uploadMode: file.path.hasSuffix(".bin") ? .lfs : .regular,
                            shouldIgnore: file.path.hasSuffix(".tmp"), oid: current.map(Self.etag))
                    }))
        case ("POST", _) where request.path.hasPrefix(api + "/commit/"):
            for line in request.body.split(separator: "\n") {
                guard let line = try? JSONDecoder().decode(CommitLine.self, from: Data(line.utf8)) else {
                    return .error(400)
                }
                if case .file(let path, let content) = line, let data = Data(base64Encoded: content) {
                    files.withLock { $0[path] = File(data: data, isLFS: false) }
                }
            }
            let url = "http://hub/ns/name/commit/\(Self.nextCommit)"
            return json(CommitReply(success: true, commitOid: Self.nextCommit, commitUrl: url))
        default:
            return .error(404, nil, "no such route")
        }
    }
}
