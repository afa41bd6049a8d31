import Foundation
import GRDB
import HubWire
import Hummingbird
import NIOCore
import Xet

/// Reads the lines of a commit's body, storing regular files as they come so that memory stays flat.
struct CommitReader {
    /// Largest body of a commit in bytes; Python's pipeline stops at 100 MiB of regular files, base64 makes 134 of it.
    private static let maximumBody = 192 << 20
    /// The largest regular file in base64, and room for its path.
    private static let maximumLine = Int(PreuploadRoutes.largestRegularFile) / 3 * 4 + (64 << 10)
    private static let maximumOperations = 100_000
    private static let maximumMessage = 256 << 10
    /// Names in all paths together: what a commit costs goes by folders, not by lines.
    private static let maximumNames = 1_000_000
    /// Regular files wait for this many bytes before they are written.
    private static let batch = 8 << 20

    /// Files of the upload area that were read and have the SHA-256 they claim.
    private var verified: [SHA256Digest: FileHash] = [:]
    private let repo: Int64
    /// Where the caller's contents have been uploaded to; nil where nothing has.
    private let area: Int64?
    /// The commit that copies speak of when they name none.
    private let head: GitObjectID
    private let services: ServerServices
    private(set) var draft = CommitDraft()
    private var waiting: [GitBlob] = []
    private var waitingBytes = 0
    private var operations = 0
    private var names = 0
    private var hasHeader = false

    init(place: CommitPlace, area: Int64?, services: ServerServices) {
        repo = place.repo.id
        head = place.head
        self.area = area
        self.services = services
    }

    /// Reads a body of one JSON line per operation.
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
        try await take(parsed)
    }

    /// Reads the form of old clients: one JSON object with a list for each kind of operation.
    mutating func read(_ whole: LegacyCommit) async throws {
        for line in whole.lines { try await take(line) }
        try await flush()
    }

    private mutating func take(_ parsed: CommitLine) async throws {
        operations += 1
        guard operations <= Self.maximumOperations else {
            throw HubFailure.tooLarge("A commit may have at most \(Self.maximumOperations) lines; split it")
        }
        switch parsed {
        case .header(let summary, let description, let parentCommit):
            hasHeader = true
            guard summary.utf8.count + description.utf8.count <= Self.maximumMessage else {
                throw HubFailure.tooLarge(
                    "The message of a commit may be at most \(Self.maximumMessage >> 10) KiB long")
            }
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
        case .copyFile(let path, let source, let revision): try await take(copy: path, of: source, at: revision)
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

    private mutating func take(copy text: String, of source: String, at revision: String?) async throws {
        let path = try counted(text)
        let sourcePath = try counted(source)
        let blob = try await services.database.pool.read { [repo, head] db -> BlobInfo in
            let store = GitStore(repo: repo, db: db)
            guard let commit = try revision.map(store.resolve) ?? store.commit(head) else {
                throw HubFailure.revisionNotFound(revision ?? "\(head)")
            }
            guard let entry = try store.entry(at: sourcePath, root: commit.tree), entry.mode != .directory else {
                throw HubFailure.entryNotFound(
                    "A file with the name \"\(sourcePath)\" does not exist", commit: commit.id)
            }
            return try store.blobInfo(entry.id)
        }
        if let large = blob.large {
            draft.largeFiles.append((path, large))
        } else {
            draft.files.append((path, blob.id))
        }
    }

    private mutating func known(_ sha256: SHA256Digest) async throws -> LargeContent? {
        if let area, let file = try await services.content.fileHash(forSHA256: sha256, repo: area) {
            if area != repo, verified[sha256] != file.hash {
                try await verify(sha256, of: file.hash)
                verified[sha256] = file.hash
            }
            return LargeContent(sha256: sha256, fileHash: file.hash, size: file.size)
        }
        return try await services.database.pool.read { [repo] db in
            try GitStore(repo: repo, db: db).large(sha256: sha256)
        }
    }

    /// A writer's word about a digest is as good as the writer; a stranger's must be true, for what is known by a
    /// digest in the repository would change with it.
    private func verify(_ sha256: SHA256Digest, of file: FileHash) async throws {
        guard try await services.content.sha256(of: file) == Array(sha256.bytes) else {
            throw HubFailure.badRequest("The content that was uploaded does not have the SHA-256 \(sha256)")
        }
    }

    /// Blobs that no tree names yet are invisible; the transaction of the commit makes them part of it.
    private mutating func flush() async throws {
        guard !waiting.isEmpty else { return }
        let blobs = waiting
        waiting = []
        waitingBytes = 0
        try await services.database.pool.write { [repo] db in
            guard try Repo.find(id: repo, in: db) != nil else { throw RepositoryGone() }
            let store = GitStore(repo: repo, db: db)
            for blob in blobs { try store.insert(blob) }
        }
    }
}

/// A repository was deleted while somebody was uploading to it.
struct RepositoryGone: Error {}
