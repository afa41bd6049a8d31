public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The chunk lists of files that were hashed on this machine, by file hash: with one of them a file on disk can give
/// chunks to others without being hashed whole again.
public struct ManifestShelf: Sendable {
    /// Bytes of lists that are kept unless told otherwise; stands for about two terabytes of files.
    public static let defaultByteLimit = 1 << 30
    /// Files below this many bytes are hashed again faster than found.
    public static let smallestFile: UInt64 = 1 << 20
    /// The list of a larger file would not fit into memory with what is made of it.
    public static let largestFile: UInt64 = 16 << 30
    private static let suffix = ".manifest"

    private let folder: StateFolder
    private let byteLimit: Int

    public init(path: String, byteLimit: Int = ManifestShelf.defaultByteLimit) {
        folder = StateFolder(path: path)
        self.byteLimit = byteLimit
    }

    /// Where a file's list stands, if there is one.
    public func path(of hash: FileHash) -> String { folder.file("\(hash)\(Self.suffix)") }

    /// Starts the list of a file whose hash is not known yet.
    public func makeWriter() -> ManifestWriter { ManifestWriter(shelf: self, folder: folder) }

    /// Drops the oldest lists above the limit, and what killed processes left. Blocks.
    public func prune() {
        folder.removeAbandoned(now: ShardCache.now)
        folder.prune(suffix: Self.suffix, to: byteLimit)
    }
}

/// Writes the chunk list of a file while the file is hashed.
///
/// Not `Sendable`: one task owns it at a time.
public final class ManifestWriter {
    private static let bufferBytes = 64 << 10

    private let shelf: ManifestShelf
    private let folder: StateFolder
    private var buffer: [UInt8] = []
    private var count: UInt64 = 0
    private var size: UInt64 = 0
    private var file: RandomAccessFile?
    private var hasFailed = false

    init(shelf: ManifestShelf, folder: StateFolder) {
        self.shelf = shelf
        self.folder = folder
        buffer = ManifestWire.header(count: 0)
    }

    deinit { if let file { unlink(file.path) } }

    /// Appends the file's next chunks. A list that cannot be written is given up quietly: it only saves work.
    public func append(_ chunks: some Sequence<Chunk>) {
        guard !hasFailed else { return }
        for chunk in chunks {
            let start = buffer.count
            buffer.append(contentsOf: repeatElement(0, count: ManifestWire.recordSize))
            buffer.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { ManifestWire.store(chunk, to: base + start) }
            }
            count += 1
            size += UInt64(chunk.length)
        }
        if buffer.count >= Self.bufferBytes { flush() }
    }

    /// Puts the list on the shelf, unless the file is too small or the list is there.
    public func finish(_ hash: FileHash) {
        guard !hasFailed, size >= ManifestShelf.smallestFile else { return }
        if access(shelf.path(of: hash), F_OK) == 0 { return StateFolder.touch(shelf.path(of: hash)) }
        flush()
        guard let file, !hasFailed else { return }
        let header = ManifestWire.header(count: count)
        do {
            try header.withUnsafeBytes { try file.write($0, at: 0) }
            try folder.rename(file.path, to: "\(hash).manifest")
            self.file = nil
        } catch {
            hasFailed = true
        }
    }

    private func flush() {
        do {
            if file == nil {
                try folder.create()
                file = try RandomAccessFile(path: folder.temporaryName(), access: .update)
            }
            guard let file else { return }
            try buffer.withUnsafeBytes { try file.write($0, at: try file.length) }
            buffer.removeAll(keepingCapacity: true)
        } catch {
            hasFailed = true
        }
    }
}
