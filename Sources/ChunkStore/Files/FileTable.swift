internal import Synchronization
public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The hashes of local files that were read before, so that a file that has not changed is not read again, and so that
/// content can be found by its hash.
///
/// An append-only list that is shared by processes: each record is checksummed and appended in one write under a lock,
/// and the last record of a path counts. A record holds only while the file's ``FileIdentity`` is the same.
///
/// Layout: 8 bytes `SHOALF01`, then records: length u32 (of what follows the checksum), checksum u32, size u64,
/// modified i64, changed i64, inode u64, device u64, file hash (32), SHA-256 (32; zero when unknown), path in UTF-8;
/// integers little-endian.
public final class FileTable: Sendable {
    public struct Record: Hashable, Sendable {
        /// Absolute.
        public var path: String
        public var identity: FileIdentity
        public var fileHash: FileHash
        public var sha256: SHA256Digest?

        public init(path: String, identity: FileIdentity, fileHash: FileHash, sha256: SHA256Digest?) {
            self.path = path
            self.identity = identity
            self.fileHash = fileHash
            self.sha256 = sha256
        }
    }

    private struct State {
        var records: [String: Record]?
        /// Records in the file, live or not.
        var count = 0
        /// Where the file was known to be sound to.
        var soundEnd: Int = -1
    }

    /// Records after which a list of mostly outdated ones is written anew; and the most that are kept at all.
    private static let rewriteAbove = 4096
    private static let maximumRecords = 50_000
    private static let magic = Array("SHOALF01".utf8)
    private static let fixedSize = 104

    private let path: String
    private let state = Mutex(State())

    /// - Parameter path: the list; it is read when it is first needed, and made when there is something to note.
    public init(path: String) { self.path = path }

    /// What is known of a file that is still as it was. Blocks.
    public func find(path: String, identity: FileIdentity) -> Record? {
        withRecords { records in records[path].flatMap { $0.identity == identity ? $0 : nil } }
    }

    /// All files that are known, as far as they have not been looked at since: check each one's identity. Blocks.
    public func all(where matches: (Record) -> Bool) -> [Record] {
        withRecords { records in records.values.filter(matches) }
    }

    /// Notes the hashes of files. Blocks.
    /// - Parameters:
    ///   - began: when reading them began (``FileIdentity/now``); a file that could have changed since without showing
    ///     it is not noted.
    public func note(_ found: [Record], began: Int64) throws(StorageError) {
        let fresh = withRecords { records in
            found.filter { record in
                guard record.identity.isSettled(before: began), record.path.utf8.count <= 1 << 14,
                    records[record.path] != record
                else { return false }
                records[record.path] = record
                return true
            }
        }
        if !fresh.isEmpty { try append(fresh) }
    }

    private func withRecords<R>(_ body: (inout [String: Record]) -> R) -> R {
        state.withLock { state in
            var records = state.records ?? [:]
            if state.records == nil {
                let found = Self.read(path)
                state.count = found.count
                for record in found { records[record.path] = record }
            }
            // Taken out while it is used, so that it is not copied.
            state.records = nil
            defer { state.records = records }
            return body(&records)
        }
    }

    private func append(_ records: [Record]) throws(StorageError) {
        let folder = StateFolder(path: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        try folder.create()
        let descriptor = try lockedFile()
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw StorageError(errno: errno, doing: "stat", path: path) }
        let bytes = (status.st_size == 0 ? Self.magic : []) + records.flatMap(Self.encode)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count else {
            let code = errno
            // A torn record would hide those after it.
            ftruncate(descriptor, status.st_size)
            throw StorageError(errno: code, doing: "write", path: path)
        }
        let isBloated = state.withLock { state in
            state.count += records.count
            state.soundEnd = Int(status.st_size) + bytes.count
            let live = state.records?.count ?? 0
            return state.count > Self.rewriteAbove && (state.count > 2 * live || live > Self.maximumRecords)
        }
        if isBloated { rewrite(in: folder) }
    }

    /// Opens the list with its lock held, until it is the one that the path names: another process may replace it.
    private func lockedFile() throws(StorageError) -> Int32 {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw StorageError(errno: errno, doing: "open", path: path) }
            // Others hold it for one short write.
            while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
            var (ours, named) = (stat(), stat())
            if fstat(descriptor, &ours) == 0, lstat(path, &named) == 0, ours.st_ino == named.st_ino {
                guard state.withLock({ $0.soundEnd != Int(ours.st_size) }), ours.st_size > 0 else { return descriptor }
                let end = Self.soundLength(path)
                if end < ours.st_size { ftruncate(descriptor, off_t(end)) }
                return descriptor
            }
            close(descriptor)
        }
    }

    /// Writes the list anew with what counts; called with the lock held.
    private func rewrite(in folder: StateFolder) {
        var latest: [String: Record] = [:]
        for record in Self.read(path) { latest[record.path] = record }
        let live = latest.values.filter { FileIdentity(path: $0.path) == $0.identity }
            .sorted { $0.identity.changed > $1.identity.changed }.prefix(Self.maximumRecords / 2)
        var bytes = Self.magic
        for record in live { bytes += Self.encode(record) }
        let name = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
        guard (try? folder.write(bytes, as: name)) != nil else { return }
        state.withLock { state in
            state.records = Dictionary(live.map { ($0.path, $0) }) { $1 }
            state.count = live.count
        }
    }

    private static func encode(_ record: Record) -> [UInt8] {
        var body: [UInt8] = []
        func append(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { body += $0 } }
        append(record.identity.size)
        append(UInt64(bitPattern: record.identity.modified))
        append(UInt64(bitPattern: record.identity.changed))
        append(record.identity.inode)
        append(record.identity.device)
        body += record.fileHash.bytes
        body += record.sha256?.bytes ?? [UInt8](repeating: 0, count: 32)
        body += Array(record.path.utf8)
        var bytes: [UInt8] = []
        withUnsafeBytes(of: UInt32(body.count).littleEndian) { bytes += $0 }
        withUnsafeBytes(of: body.withUnsafeBytes(checksum).littleEndian) { bytes += $0 }
        return bytes + body
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let hash: ShardHash = Shard.hash(of: bytes)
        return UInt32(truncatingIfNeeded: hash.w0)
    }

    /// The records up to the first damaged one.
    private static func read(_ path: String) -> [Record] {
        var records: [Record] = []
        forEachRecord(of: path) { records.append($0) }
        return records
    }

    private static func soundLength(_ path: String) -> Int { forEachRecord(of: path) { _ in } }

    /// - Returns: where the sound part of the file ends.
    @discardableResult
    private static func forEachRecord(of path: String, _ body: (Record) -> Void) -> Int {
        guard let file = try? RandomAccessFile(path: path, access: .read), let length = try? file.length,
            length <= 1 << 30
        else { return 0 }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        guard let count = try? bytes.withUnsafeMutableBytes({ try file.read(into: $0, at: 0) }),
            bytes[..<count].starts(with: magic)
        else { return 0 }
        return bytes.withUnsafeBytes { all in
            var position = magic.count
            while position + 8 <= count {
                let size = Int(UInt32(littleEndian: all.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
                let sum = UInt32(littleEndian: all.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
                guard size >= fixedSize, size <= count - position - 8 else { break }
                let part = UnsafeRawBufferPointer(rebasing: all[position + 8..<position + 8 + size])
                guard checksum(part) == sum, let record = decode(part) else { break }
                body(record)
                position += 8 + size
            }
            return position
        }
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) -> Record? {
        guard let base = bytes.baseAddress,
            let path = String(validating: bytes[fixedSize...], as: UTF8.self)
        else { return nil }
        func word(_ index: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        let sha256 = SHA256Digest(loading: base + 72)
        return Record(
            path: path,
            identity: FileIdentity(
                size: word(0), modified: Int64(bitPattern: word(1)), changed: Int64(bitPattern: word(2)),
                inode: word(3), device: word(4)),
            fileHash: FileHash(loading: base + 40),
            sha256: sha256.bytes.allSatisfy { $0 == 0 } ? nil : sha256)
    }
}
