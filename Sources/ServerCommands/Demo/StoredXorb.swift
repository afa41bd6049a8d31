import Foundation

/// A xorb in the hub's store, to be damaged and mended.
struct StoredXorb {
    var path: String
    var size: Int

    /// The largest xorb below `folder`.
    static func largest(in folder: URL) throws -> StoredXorb {
        guard
            let files = FileManager.default.enumerator(
                at: folder, includingPropertiesForKeys: [.isRegularFileKey, .fileSizeKey])
        else { throw DemoFailure("cannot list \(folder.path)") }
        var largest: StoredXorb?
        for case let file as URL in files {
            let facts = try file.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
            guard facts.isRegularFile == true, let size = facts.fileSize, size > largest?.size ?? 0 else { continue }
            largest = StoredXorb(path: file.path, size: size)
        }
        guard let largest else { throw DemoFailure("there is no xorb in \(folder.path)") }
        return largest
    }

    /// Flips all bits of one byte; doing it again mends it.
    func flipByte(at offset: Int) throws {
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0o600
        // Stored objects may be read-only.
        chmod(path, mode_t(mode | 0o200))
        defer { chmod(path, mode_t(mode)) }
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw DemoFailure("cannot open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        guard pread(descriptor, &byte, 1, off_t(offset)) == 1 else { throw DemoFailure("cannot read \(path)") }
        byte = ~byte
        guard pwrite(descriptor, &byte, 1, off_t(offset)) == 1 else { throw DemoFailure("cannot write \(path)") }
    }
}
