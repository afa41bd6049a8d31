internal import HubWire

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The files of a repository at one commit, as `trees/<commit>.json` keeps them (hub-api §2.1).
///
/// A commit never changes, so a listing is valid for ever. Python's client reads what is written here and the other
/// way round.
struct TreeListing: Sendable, Equatable {
    struct File: Sendable, Equatable {
        var path: String
        /// Bytes of the content, also for files kept by LFS or Xet.
        var size: UInt64
        /// Git's id of the blob; of the pointer, for files kept by LFS or Xet.
        var blobID: String
        var lfsSHA256: String?
        var lfsSize: UInt64?
        var xetHash: String?

        /// The name of the file's blob in a cache: its SHA-256 if it has one, else git's id.
        var etag: String { lfsSHA256 ?? blobID }
    }

    /// Sorted by the bytes of their paths.
    var files: [File]

    init(files: [File]) {
        self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// Takes over what a hub lists.
    /// - Throws: ``HubError`` with code `not_a_hub` for ids that are not hashes: they become file names.
    init(_ entries: [TreeEntry]) throws(HubError) {
        var files: [File] = []
        for entry in entries where entry.type == .file {
            let file = File(
                path: entry.path, size: UInt64(max(entry.lfs?.size ?? entry.size, 0)), blobID: entry.oid,
                lfsSHA256: entry.lfs?.oid, lfsSize: entry.lfs.map { UInt64(max($0.size, 0)) },
                xetHash: entry.lfs == nil ? nil : entry.xetHash)
            guard TreeListing.isUsable(file) else {
                throw HubError(
                    .notAHub, "The hub lists '\(entry.path)' with ids that are not hashes, or with an absurd size.")
            }
            files.append(file)
        }
        self.init(files: files)
    }

    /// No file is larger, and with the longest listing allowed the sum still fits into 64 bits.
    private static let largestFile: UInt64 = 1 << 42

    private static func isUsable(_ file: File) -> Bool {
        file.size <= largestFile && Hex.isLowercase(file.blobID, count: 40)
            && file.lfsSHA256.map { Hex.isLowercase($0, count: 64) } ?? true
            && file.xetHash.map { Hex.isLowercase($0, count: 64) } ?? true
    }

    static let formatVersion = 1

    /// The JSON that Python's `json.dump(…, indent=1)` writes, byte for byte.
    func encoded() -> [UInt8] {
        var out = "{\n \"format_version\": \(TreeListing.formatVersion),\n \"files\": {"
        for (index, file) in files.enumerated() {
            out += (index == 0 ? "\n" : ",\n") + "  \(PythonJSON.quoted(file.path)): {\n"
            out += "   \"size\": \(file.size),\n   \"blob_id\": \(PythonJSON.quoted(file.blobID))"
            if let sha256 = file.lfsSHA256 {
                out += ",\n   \"lfs_sha256\": \(PythonJSON.quoted(sha256))"
                out += ",\n   \"lfs_size\": \(file.lfsSize ?? file.size)"
            }
            if let xetHash = file.xetHash { out += ",\n   \"xet_hash\": \(PythonJSON.quoted(xetHash))" }
            out += "\n  }"
        }
        out += files.isEmpty ? "}\n}" : "\n }\n}"
        return Array(out.utf8)
    }

    /// Reads a listing; nil for another format version, broken JSON, or ids that are not hashes.
    init?(decoding bytes: [UInt8]) {
        struct Entry: Decodable {
            var size: UInt64
            var blob_id: String
            var lfs_sha256: String?
            var lfs_size: UInt64?
            var xet_hash: String?
        }
        struct Document: Decodable {
            var format_version: Int
            var files: [String: Entry]
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            document.format_version == TreeListing.formatVersion, document.files.count <= Hub.maximumTreeEntries
        else { return nil }
        var files: [File] = []
        for (path, entry) in document.files {
            let file = File(
                path: path, size: entry.lfs_size ?? entry.size, blobID: entry.blob_id, lfsSHA256: entry.lfs_sha256,
                lfsSize: entry.lfs_size, xetHash: entry.xet_hash)
            guard TreeListing.isUsable(file) else { return nil }
            files.append(file)
        }
        self.init(files: files)
    }

    private static let maximumBytes = 1 << 30

    /// Who may see a listing that is kept.
    enum Keeping: Sendable {
        /// All clients. huggingface_hub takes a snapshot that lacks files of its listing for incomplete while the hub is
        /// away, so this is for pulls of snapshots.
        case shared
        /// Shoal alone: for pulls of single files.
        case own
    }

    /// Reads the listing of a commit from the folder that has `trees/`.
    static func read(_ folder: String, commit: String) -> TreeListing? {
        for keeping in [Keeping.shared, .own] {
            let bytes = Disk.read(file(in: folder, commit: commit, keeping), upTo: maximumBytes)
            if let listing = bytes.flatMap({ TreeListing(decoding: $0) }) { return listing }
        }
        return nil
    }

    /// Keeps the listing in the folder that has `trees/`, owner-readable like Python's.
    ///
    /// A listing with names that only differ in Unicode composition is not kept: JSON readers, ours too, may merge them.
    func write(_ folder: String, commit: String, keeping: Keeping) throws(HubError) {
        guard Set(files.map(\.path)).count == files.count else { return }
        let file = TreeListing.file(in: folder, commit: commit, keeping)
        try Disk.createFolder(LocalPath.folder(of: file))
        try Disk.write(encoded(), to: file, mode: 0o600)
    }

    /// Keeps the listing where one of its commit stands already, else for Shoal alone.
    func write(_ folder: String, commit: String) throws(HubError) {
        let isShared = Disk.exists(TreeListing.file(in: folder, commit: commit, .shared))
        try write(folder, commit: commit, keeping: isShared ? .shared : .own)
    }

    /// Lets all clients see the listing of a commit that was kept for Shoal alone.
    static func share(in folder: String, commit: String) {
        let own = file(in: folder, commit: commit, .own)
        let shared = file(in: folder, commit: commit, .shared)
        // Best effort: other clients ask the hub for what they do not find.
        guard Disk.exists(own), (try? Disk.createFolder(LocalPath.folder(of: shared))) != nil else { return }
        if Disk.exists(shared) { try? Disk.remove(own) } else { try? Disk.rename(own, to: shared) }
    }

    /// Removes the listings that were kept for Shoal alone and are of none of these commits.
    static func removeOwn(in folder: String, except commits: Set<String>) {
        let own = LocalPath.join(folder, ownFolder)
        for name in (try? Disk.names(in: own)) ?? [] where !commits.contains(String(name.prefix(40))) {
            try? Disk.remove(LocalPath.join(own, name))
        }
    }

    private static let ownFolder = ".shoal/trees"

    private static func file(in folder: String, commit: String, _ keeping: Keeping) -> String {
        LocalPath.join(folder, "\(keeping == .shared ? "trees" : ownFolder)/\(commit).json")
    }
}

/// String literals as Python's `json` module writes them: ASCII only, with surrogate pairs.
enum PythonJSON {
    static func quoted(_ text: String) -> String {
        var out = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: out += "\\\""
            case 0x5C: out += "\\\\"
            case 0x08: out += "\\b"
            case 0x09: out += "\\t"
            case 0x0A: out += "\\n"
            case 0x0C: out += "\\f"
            case 0x0D: out += "\\r"
            case 0x20..<0x7F: out.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return out + "\""
    }
}
