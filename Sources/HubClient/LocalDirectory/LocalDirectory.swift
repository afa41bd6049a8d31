internal import Crypto

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A plain folder that a pull fills, and the bookkeeping in its `.cache/huggingface/` (hub-api §2.6).
struct LocalDirectory: Sendable {
    let root: String

    init(root: String) { self.root = root }

    /// Keeps listings, and everything else that is ours.
    var bookkeeping: String { LocalPath.join(root, ".cache/huggingface") }

    func file(_ path: String) -> String { LocalPath.join(root, path) }
    func metadata(_ path: String) -> String { LocalPath.join(bookkeeping, "download/\(path).metadata") }
    func lock(_ path: String) -> String { LocalPath.join(bookkeeping, "download/\(path).lock") }

    /// The partial file: a hash of the name, so that a long name gets no longer, and the content's id.
    func partial(_ path: String, etag: String) -> String {
        let name = LocalPath.name(of: metadata(path))
        let digest = Data(Insecure.SHA1.hash(data: Array(name.utf8)))
        let short = digest.base64EncodedString().map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        return LocalPath.join(LocalPath.folder(of: metadata(path)), "\(String(short)).\(etag).shoal.incomplete")
    }

    /// Creates the bookkeeping folder, hidden from Git and from backup tools.
    /// - Throws: ``HubError`` with code `local_file` also when there is a file of the folder's name.
    func prepare() throws(HubError) {
        if let status = Disk.status(root), !status.isDirectory {
            throw HubError(
                .localFile, "'\(root)' is a file, and the files of the repository need a folder.",
                hint: "Name a folder, or a new name, with --local-dir.")
        }
        try Disk.createFolder(bookkeeping)
        CacheTag.write(in: bookkeeping)
        let ignore = LocalPath.join(bookkeeping, ".gitignore")
        if !Disk.exists(ignore) { try Disk.write("*", to: ignore) }
    }

    /// What is known about a file: it was this at that time.
    struct Metadata: Sendable, Equatable {
        var commit: String
        var etag: String
        /// Unix seconds.
        var timestamp: Double

        /// Three lines: commit, etag, time as Python prints a float.
        var encoded: String { "\(commit)\n\(etag)\n\(timestamp)\n" }

        init(commit: String, etag: String, timestamp: Double) {
            self.commit = commit
            self.etag = etag
            self.timestamp = timestamp
        }

        init?(decoding text: String) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count >= 3, let timestamp = Double(HubSettings.cleaned(token: String(lines[2])) ?? "") else {
                return nil
            }
            commit = HubSettings.cleaned(token: String(lines[0])) ?? ""
            etag = HubSettings.cleaned(token: String(lines[1])) ?? ""
            self.timestamp = timestamp
        }
    }

    /// Reads what is known about a file; nil when there is nothing, or the file was changed since, or is gone.
    /// Damaged notes are removed.
    func readMetadata(_ path: String) -> Metadata? {
        let note = metadata(path)
        guard let bytes = Disk.read(note, upTo: 1 << 16) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), let metadata = Metadata(decoding: text) else {
            unlink(note)
            return nil
        }
        // A second of grace: file systems round.
        guard let status = Disk.status(file(path)), status.modified - 1 <= metadata.timestamp else { return nil }
        return metadata
    }

    func writeMetadata(_ path: String, commit: String, etag: String) throws(HubError) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let timestamp = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
        let note = metadata(path)
        try Disk.createFolder(LocalPath.folder(of: note))
        try Disk.write(Metadata(commit: commit, etag: etag, timestamp: timestamp).encoded, to: note)
    }
}
