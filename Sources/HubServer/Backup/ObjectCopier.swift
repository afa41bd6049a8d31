import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Brings objects from one store into another. Objects never change and no key comes back, so an object that is there
/// needs no look: by clone where the file system can, else by hard link, else by copy.
final class ObjectCopier {
    private let source: ObjectStore
    private let target: ObjectStore
    private let copiesEverything: Bool
    private var folders: Set<String> = []
    private var canClone = true
    private var canLink: Bool

    init(source: ObjectStore, target: ObjectStore, copiesEverything: Bool) {
        self.source = source
        self.target = target
        self.copiesEverything = copiesEverything
        canLink = !copiesEverything
    }

    func copy(_ key: ObjectKey, _ report: inout BackupReport) throws {
        guard let size = try source.size(of: key) else {
            report.missing.append("\(key.xorb)")
            return
        }
        report.objects += 1
        report.bytes += Int64(size)
        guard try target.size(of: key) != size else { return }
        let folder = try target.makeFolder(of: key)
        folders.insert(folder)
        let (from, to) = (source.path(of: key), target.path(of: key))
        let temporary = to + ".new"
        unlink(temporary)
        if try clone(from, to: temporary) {
            report.cloned += 1
        } else if canLink, link(from, temporary) == 0 {
            report.linked += 1
        } else {
            if canLink, errno == EXDEV || errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK { canLink = false }
            try copyBytes(from, to: temporary, size: size)
            report.copied += 1
        }
        try SystemCall.rename(temporary, to: to)
        report.addedBytes += Int64(size)
    }

    /// Makes the new names durable.
    func finish() throws {
        for folder in folders { try SystemCall.synchronizeDirectory(folder) }
    }

    /// A second file that shares its bytes with the first until one of them changes.
    private func clone(_ path: String, to copy: String) throws -> Bool {
        #if canImport(Glibc)
            guard canClone else { return false }
            let from = try OpenFile(reading: path)
            let to = try OpenFile(creating: copy)
            // FICLONE of linux/fs.h: _IOW(0x94, 9, int).
            guard ioctl(to.descriptor, 0x4004_9409, from.descriptor) == 0 else {
                canClone = false
                unlink(copy)
                return false
            }
            try to.synchronize()
            return true
        #else
            return false
        #endif
    }

    private func copyBytes(_ path: String, to copy: String, size: Int) throws {
        let from = try OpenFile(reading: path)
        let to = try OpenFile(creating: copy)
        try from.withMapping(length: size) { try to.write($0, at: 0) }
        try to.synchronize()
    }
}
