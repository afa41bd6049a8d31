import Foundation
import GRDB
import HubWire
import Hummingbird
import Logging
import NIOCore
import Xet

/// Commits (hub-api §1.7).
struct CommitRoutes: Sendable {
    let services: ServerServices

    func commit(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ revision: String) async throws -> Response
    {
        let database = services.database
        let repo = try await database.pool.read { db in
            let repo = try request.writableRepo(type, name, in: db)
            guard try GitStore(repo: repo.id, db: db).branch(revision) != nil else {
                throw HubFailure.revisionNotFound(revision)
            }
            return repo
        }
        guard let author = request.caller.name else { throw HubFailure.badToken }
        guard !request.query.flag("create_pr") else {
            throw HubFailure(.notImplemented, "This hub has no pull requests: commit to a branch instead")
        }
        var reader = CommitReader(repo: repo.id, services: services)
        try await reader.read(request.request.body)
        let draft = reader.draft
        let id = try await database.pool.write { [content = services.content] db in
            try draft.apply(
                to: revision, of: repo, by: author, at: HubDate.nowInMilliseconds, content: content, in: db)
        }
        services.logger.debug(
            "committed", metadata: ["repo": "\(repo.fullName)", "revision": "\(revision)", "commit": "\(id)"])
        return try .json(
            CommitReply(
                success: true, commitOid: "\(id)", commitUrl: "\(request.baseURL)/\(repo.urlPath)/commit/\(id)"))
    }
}

/// Reads the lines of a commit's body, storing regular files as they come so that memory stays flat.
private struct CommitReader {
    /// Largest body of a commit in bytes; Python's pipeline stops at 100 MiB of regular files, base64 makes 134 of it.
    static let maximumBody = 192 << 20
    /// The largest regular file in base64, and room for its path.
    static let maximumLine = Int(PreuploadRoutes.largestRegularFile) / 3 * 4 + (64 << 10)
    static let maximumOperations = 100_000
    /// Names in all paths together: what a commit costs goes by folders, not by lines.
    static let maximumNames = 1_000_000
    /// Regular files wait for this many bytes before they are written.
    static let batch = 8 << 20

    let repo: Int64
    let services: ServerServices
    private(set) var draft = CommitDraft()
    private var waiting: [GitBlob] = []
    private var waitingBytes = 0
    private var operations = 0
    private var names = 0
    private var hasHeader = false

    init(repo: Int64, services: ServerServices) {
        self.repo = repo
        self.services = services
    }

    mutating func read(_ body: RequestBody) async throws {
        var line = ByteBuffer()
        var total = 0
        for try await var part in body {
            total += part.readableBytes
            guard total <= Self.maximumBody else {
                throw HubFailure.tooLarge("A commit may be at most \(Self.maximumBody >> 20) MiB long; split it")
            }
            while let end = part.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                var slice = part.readSlice(length: end - part.readerIndex) ?? ByteBuffer()
                part.moveReaderIndex(forwardBy: 1)
                line.writeBuffer(&slice)
                try await take(line)
                line.clear()
            }
            line.writeBuffer(&part)
            guard line.readableBytes <= Self.maximumLine else {
                throw HubFailure.tooLarge(
                    "A regular file may be at most \(PreuploadRoutes.largestRegularFile >> 20) MiB long")
            }
        }
        try await take(line)
        try await flush()
        guard hasHeader else { throw HubFailure.badRequest("The commit has no header line") }
    }

    private mutating func take(_ line: ByteBuffer) async throws {
        guard line.readableBytesView.contains(where: { $0 > 0x20 }) else { return }
        let parsed: CommitLine
        do {
            parsed = try JSONDecoder().decode(CommitLine.self, from: Data(line.readableBytesView))
        } catch {
            throw HubFailure.badRequest("Line \(operations + 1) of the commit is malformed")
        }
        operations += 1
        guard operations <= Self.maximumOperations else {
            throw HubFailure.tooLarge("A commit may have at most \(Self.maximumOperations) lines; split it")
        }
        switch parsed {
        case .header(let summary, let description, let parentCommit):
            hasHeader = true
            draft.summary = summary
            draft.description = description
            draft.parentCommit = parentCommit
        case .file(let path, let content): try await take(file: path, content)
        case .lfsFile(let path, let oid, let size): try await take(largeFile: path, oid, size)
        case .deletedFile(let path):
            let file = try counted(path)
            draft.deletedFiles.append(file)
        case .deletedFolder(let path):
            let folder = try counted(path.hasSuffix("/") ? String(path.dropLast()) : path)
            draft.deletedFolders.append(folder)
        }
    }

    private mutating func counted(_ text: String) throws(HubFailure) -> RepoPath {
        let path = try RepoPath.checked(text)
        names += path.names.count
        guard names <= Self.maximumNames else {
            throw HubFailure.tooLarge("The paths of a commit may have \(Self.maximumNames) names in all; split it")
        }
        return path
    }

    private mutating func take(file text: String, _ content: String) async throws {
        let path = try counted(text)
        guard let bytes = Data(base64Encoded: content) else {
            throw HubFailure.badRequest("The content of \"\(path)\" is not base64")
        }
        guard bytes.count <= PreuploadRoutes.largestRegularFile else {
            throw HubFailure.tooLarge("\"\(path)\" is too large for a regular file; upload it by its content hash")
        }
        let blob = GitBlob(regular: bytes)
        draft.files.append((path, blob.id))
        waiting.append(blob)
        waitingBytes += bytes.count
        if waitingBytes >= Self.batch { try await flush() }
    }

    /// Content must have been given to this very repository: knowing a SHA-256 opens nobody else's file.
    private mutating func take(largeFile text: String, _ oid: String, _ size: Int64?) async throws {
        let path = try counted(text)
        guard let sha256 = SHA256Digest(oid) else {
            throw HubFailure.badRequest("The oid of \"\(path)\" is not a SHA-256")
        }
        let content = try await known(sha256)
        guard let content else {
            throw HubFailure.badRequest(
                "\"\(path)\": the content with SHA-256 \(sha256) has not been uploaded to this repository")
        }
        if let size, size != Int64(clamping: content.size) {
            throw HubFailure.badRequest("\"\(path)\" has \(content.size) bytes, not \(size)")
        }
        draft.largeFiles.append((path, content))
    }

    private func known(_ sha256: SHA256Digest) async throws -> LargeContent? {
        if let file = try await services.content.fileHash(forSHA256: sha256, repo: repo) {
            return LargeContent(sha256: sha256, fileHash: file.hash, size: file.size)
        }
        return try await services.database.pool.read { [repo] db in
            try GitStore(repo: repo, db: db).large(sha256: sha256)
        }
    }

    /// Blobs that no tree names yet are invisible; the transaction of the commit makes them part of it.
    private mutating func flush() async throws {
        guard !waiting.isEmpty else { return }
        let blobs = waiting
        waiting = []
        waitingBytes = 0
        try await services.database.pool.write { [repo] db in
            let store = GitStore(repo: repo, db: db)
            for blob in blobs { try store.insert(blob) }
        }
    }
}
