internal import Synchronization
public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The xorbs that a running push has brought to a CAS: appended as each is acknowledged, so that the push that follows
/// a kill does not send them again.
///
/// The file is a row of xorb entries as shards have them (xet-protocol §4.3). An entry proves itself, since its chunks
/// make up the xorb's hash, so a torn end is noticed without checksums. The owner holds a lock on the file; when it is
/// gone the next push takes the file over.
public final class PushSession: Sendable {
    static let suffix = ".session"

    public let path: String
    private let descriptor: Int32
    private let stored: Mutex<[StoredXorb]>

    private init(path: String, descriptor: Int32, stored: [StoredXorb]) {
        self.path = path
        self.descriptor = descriptor
        self.stored = Mutex(stored)
    }

    deinit { close(descriptor) }

    /// All xorbs noted so far, those of the push that was taken over first.
    public var xorbs: [StoredXorb] { stored.withLock { $0 } }

    /// Notes a xorb that the CAS has acknowledged. One write; what is written survives a kill of the process.
    public func append(_ xorb: StoredXorb) throws(StorageError) {
        let bytes = xorb.listed.entry
        let outcome: Int32 = stored.withLock { stored in
            stored.append(xorb)
            return bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) == $0.count ? 0 : errno }
        }
        guard outcome == 0 else { throw StorageError(errno: outcome, doing: "write", path: path) }
    }

    /// Removes the file: its xorbs are in a shard now.
    public func finish() { unlink(path) }

    /// Opens a session for a push, and reads what is known from others.
    /// - Returns: the session, which has taken over what dead pushes left; and the xorbs of pushes that still run.
    static func open(in folder: StateFolder) throws(StorageError) -> (session: PushSession, others: [StoredXorb]) {
        try folder.create()
        var left: [StoredXorb] = []
        var others: [StoredXorb] = []
        var dead: [(path: String, descriptor: Int32)] = []
        for entry in folder.entries(suffix: suffix) {
            let descriptor = openFile(entry.path, O_RDONLY)
            guard descriptor >= 0 else { continue }
            let isDead = flock(descriptor, LOCK_EX | LOCK_NB) == 0
            let xorbs = read(entry.path)
            if isDead {
                left += xorbs
                dead.append((entry.path, descriptor))
            } else {
                others += xorbs
                close(descriptor)
            }
        }
        // Locks on the dead ones are held until their content stands in the new file.
        defer { for file in dead { close(file.descriptor) } }
        let name = "\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 16))\(suffix)"
        let path = folder.file(name)
        // It gets its name when it is locked: without a lock another push would take it for a dead one's.
        let temporary = folder.temporaryName()
        let descriptor = openFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_APPEND)
        guard descriptor >= 0 else { throw StorageError(errno: errno, doing: "create", path: path) }
        flock(descriptor, LOCK_EX | LOCK_NB)
        let session = PushSession(path: path, descriptor: descriptor, stored: [])
        try folder.rename(temporary, to: name)
        var seen: Set<XorbHash> = []
        for xorb in left where seen.insert(xorb.hash).inserted { try session.append(xorb) }
        for file in dead { unlink(file.path) }
        return (session, others)
    }

    private static func openFile(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        #else
            Darwin.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        #endif
    }

    /// The entries of a file up to the first that does not prove itself.
    static func read(_ path: String) -> [StoredXorb] {
        guard let file = try? RandomAccessFile(path: path, access: .read), let length = try? file.length,
            length <= 1 << 32
        else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        guard let count = try? bytes.withUnsafeMutableBytes({ try file.read(into: $0, at: 0) }) else { return [] }
        return bytes.withUnsafeBytes {
            ShardXorb.entries(in: UnsafeRawBufferPointer(rebasing: $0[..<count])).map { StoredXorb($0) }
        }
    }
}
