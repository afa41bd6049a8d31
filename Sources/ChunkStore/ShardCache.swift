public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What this machine has pushed to a CAS before: the chunk lists of xorbs that are stored there, as shard files.
///
/// A later push finds its unchanged chunks here and does not send them again, without asking the CAS about them. The
/// cache only saves work: a CAS checks every claim anyway, and a lost or damaged cache costs nothing but time.
public struct ShardCache: Sendable {
    /// Bytes of shards that are kept and read, newest first; stands for about 20 GB of pushed content.
    public static let byteLimit = 16 << 20

    private static let suffix = ".mdb"
    private let folder: String

    /// - Parameters:
    ///   - root: the folder of all caches.
    ///   - cas: base URL of the CAS; what one has says nothing about another.
    public init(root: String, cas: String) {
        var cas = cas
        let id: ShardHash = cas.withUTF8 { Shard.hash(of: UnsafeRawBufferPointer($0)) }
        folder = "\(root)/\(id)"
    }

    /// The xorbs that were pushed most lately, each with a chunk list that makes up its hash. Blocks.
    public func load() -> [ShardXorb] {
        var xorbs: [ShardXorb] = []
        var seen: Set<XorbHash> = []
        var bytes = 0
        for entry in entries() {
            bytes += entry.size
            guard bytes <= Self.byteLimit else { break }
            guard let content = Self.read(entry), let shard = Self.parse(content) else {
                unlink(entry.path)
                continue
            }
            for xorb in shard.xorbs where (try? xorb.verify()) != nil && seen.insert(xorb.hash).inserted {
                xorbs.append(xorb)
            }
        }
        return xorbs
    }

    /// Notes xorbs that the CAS has just accepted, and lets go of the oldest above the limit. Blocks.
    public func store(_ xorbs: [ShardXorb]) throws(StorageError) {
        guard !xorbs.isEmpty else { return }
        let bytes = Shard(files: [], xorbs: xorbs).uploadForm()
        try makeFolder()
        let name = bytes.withUnsafeBytes { "\(Shard.hash(of: $0))" } + Self.suffix
        let path = "\(folder)/\(name)"
        let temporary = "\(folder)/.\(name).\(getpid())"
        try Self.write(bytes, to: temporary)
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw StorageError(errno: code, doing: "write", path: path)
        }
        var kept = 0
        for entry in entries() {
            kept += entry.size
            if kept > Self.byteLimit { unlink(entry.path) }
        }
    }

    /// Forgets everything about this CAS. Blocks.
    public func clear() {
        for entry in entries() { unlink(entry.path) }
    }

    private struct Entry {
        var path: String
        var size: Int
        var modified: (seconds: Int, nanoseconds: Int)
    }

    /// The shard files, newest first.
    private func entries() -> [Entry] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let item = readdir(directory) {
            let name = withUnsafeBytes(of: &item.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(Self.suffix) else { continue }
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            #if canImport(Glibc)
                let modified = (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
            #else
                let modified = (Int(status.st_mtimespec.tv_sec), Int(status.st_mtimespec.tv_nsec))
            #endif
            entries.append(Entry(path: path, size: Int(status.st_size), modified: modified))
        }
        return entries.sorted { $0.modified == $1.modified ? $0.path < $1.path : $0.modified > $1.modified }
    }

    private func makeFolder() throws(StorageError) {
        var path = ""
        for part in folder.split(separator: "/") {
            path += "/" + part
            guard mkdir(path, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
            throw StorageError(errno: errno, doing: "create", path: path)
        }
    }

    private static func parse(_ bytes: [UInt8]) -> Shard? {
        bytes.withUnsafeBytes { try? Shard(parsing: $0) }
    }

    private static func read(_ entry: Entry) -> [UInt8]? {
        let descriptor = open(entry.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: entry.size)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(StorageError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(errno: errno, doing: "create", path: path) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                unlink(path)
                throw StorageError(errno: code, doing: "write", path: path)
            }
            done += count
        }
    }
}
