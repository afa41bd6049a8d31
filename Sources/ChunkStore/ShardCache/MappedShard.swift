internal import Synchronization
public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A shard of the cache, mapped into memory. It stays readable when another process removes the file.
///
/// Proof of `@unchecked Sendable`: the mapping is read-only, private to this object, and unmapped in deinit only.
public final class MappedShard: @unchecked Sendable {
    public let path: String
    public let size: Int
    public let view: ShardView
    private let base: UnsafeMutableRawPointer
    /// Whether the file's bytes were found to hash to its name, once that was asked.
    private let isIntact = Mutex<Bool?>(nil)

    /// - Returns: nil when the file is gone, or is no shard with lookup tables.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            return nil
        }
        let size = Int(status.st_size)
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else { return nil }
        guard let view = try? ShardView(UnsafeRawBufferPointer(start: base, count: size)) else {
            munmap(base, size)
            return nil
        }
        self.path = path
        self.size = size
        self.base = base
        self.view = view
    }

    deinit { munmap(base, size) }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: size) }

    /// Whether the bytes hash to the file's name. Read once, before the first answer is used: about 5 GB/s.
    public func isSound() -> Bool {
        isIntact.withLock { known in
            if let known { return known }
            let name = path.split(separator: "/").last?.prefix(XorbHash.textLength) ?? ""
            let answer = ShardHash(name) == Shard.hash(of: bytes)
            known = answer
            return answer
        }
    }
}
