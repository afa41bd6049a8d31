import Foundation
import Synchronization
import Xet

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Xorbs in a directory tree, `xorbs/ab/cd/<key>`: the body followed by a V1 footer (xet-protocol §3.5).
///
/// An object has its name only when it is complete and on disk, so a crash at any instant leaves either the whole
/// object or nothing but a file under `incoming/`.
final class ObjectStore: Sendable {
    let xorbs: String
    let incoming: String

    /// Directories whose own names are known to be durable.
    private let durableDirectories = Mutex<Set<String>>([])
    private let lastSweep = Mutex(ContinuousClock.now)

    /// Opens the store below a data directory, making its folders when they are not there.
    init(dataDirectory: String) throws {
        xorbs = dataDirectory + "/xorbs"
        incoming = dataDirectory + "/incoming"
        for path in [dataDirectory, xorbs, incoming] { _ = try SystemCall.makeDirectory(path) }
        try SystemCall.synchronizeDirectory(dataDirectory)
    }

    func path(of key: ObjectKey) -> String {
        let name = "\(key)"
        return "\(xorbs)/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)"
    }

    /// Opens an object for reading.
    func open(_ key: ObjectKey) throws(ContentError) -> OpenFile {
        do {
            return try OpenFile(reading: path(of: key))
        } catch ContentError.system(_, _, let code) where code == ENOENT {
            throw .objectMissing(key.xorb)
        } catch let error as ContentError {
            throw error
        } catch {
            throw .objectMissing(key.xorb)
        }
    }

    /// Reads and checks an object's footer: sizes against the file, leaves against the xorb hash.
    func index(of key: ObjectKey) throws -> XorbIndex {
        let xorb = key.xorb
        let file = try open(key)
        let size = try file.size()
        guard size <= XorbIndex.maximumObjectSize else {
            throw ContentError.damagedObject(xorb, reason: "it has \(size) bytes, more than any xorb")
        }
        return try file.withMapping(length: size) { object in
            do {
                return try XorbIndex(verifying: XorbFooter(parsing: object), of: xorb, objectSize: size)
            } catch let error as XetFormatError {
                throw ContentError.damagedObject(xorb, reason: "\(error)")
            }
        }
    }

    /// False when the object is missing or its footer does not prove itself; the chunks are not read.
    func holds(_ key: ObjectKey) throws -> Bool {
        do {
            _ = try index(of: key)
            return true
        } catch ContentError.objectMissing {
            return false
        } catch ContentError.damagedObject {
            return false
        }
    }

    /// Reads all of an object and checks footer and chunks; what validating an upload costs.
    ///
    /// - Throws: `ContentError.objectMissing` or `ContentError.damagedObject` when the object is not what its name
    ///   says. What keeps it from being read now says nothing about it and is thrown as `ContentError.system`.
    func verify(_ key: ObjectKey) throws -> XorbIndex {
        let index = try index(of: key)
        let file = try open(key)
        do {
            _ = try file.withMapping(length: file.size()) { object in
                try XorbValidation.validate(object, expecting: key.xorb)
            }
        } catch let error as XetFormatError {
            throw ContentError.damagedObject(key.xorb, reason: "\(error)")
        }
        return index
    }

    /// The index of an object that is whole; nil when it is missing or any of it is wrong.
    func wholeIndex(of key: ObjectKey) throws -> XorbIndex? {
        do {
            return try verify(key)
        } catch ContentError.objectMissing {
            return nil
        } catch ContentError.damagedObject {
            return nil
        }
    }

    /// Starts a file for bytes that are being received.
    func makeIncoming() throws -> IncomingFile {
        let name = String(UInt64.random(in: .min ... .max), radix: 16)
        return try IncomingFile(creating: "\(incoming)/\(name).part")
    }

    /// The place where the bytes sent under a grant wait for their commit.
    func grantPath(nonce: UInt64) -> String { "\(incoming)/\(String(nonce, radix: 16)).grant" }

    /// Makes a validated body the object of a key: footer, fsync, name, fsync of the directory, in that order.
    ///
    /// The key must be a fresh one whose intent is on disk: no other object ever has its name.
    /// - Returns: the index of the object.
    func publish(_ file: IncomingFile, as validated: XorbValidation, key: ObjectKey) throws -> XorbIndex {
        defer { file.discard() }
        let footer = validated.footer()
        try file.complete(bodyLength: validated.bodyLength, footer: footer.encoded())
        let index = try XorbIndex(
            verifying: footer, of: validated.hash, objectSize: validated.bodyLength + footer.encodedSize)
        let directory = try makeFolder(of: key)
        try file.keep(as: path(of: key))
        try SystemCall.synchronizeDirectory(directory)
        return index
    }

    /// Makes the folder that an object is to stand in, durably, and returns its path.
    func makeFolder(of key: ObjectKey) throws -> String {
        let path = path(of: key)
        let folder = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex))
        try makeDurable(directory: folder)
        return folder
    }

    /// The paths of everything that stands where objects stand.
    func allObjects() throws -> [String] {
        let manager = FileManager.default
        var paths: [String] = []
        for first in try manager.contentsOfDirectory(atPath: xorbs) {
            for second in (try? manager.contentsOfDirectory(atPath: "\(xorbs)/\(first)")) ?? [] {
                let folder = "\(xorbs)/\(first)/\(second)"
                paths += ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
            }
        }
        return paths
    }

    /// Removes an object; one that is gone already is no error.
    func remove(_ key: ObjectKey) throws {
        let path = path(of: key)
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemCall.failure("unlink", path) }
    }

    /// The size of an object in bytes, footer included; nil when it is not there.
    func size(of key: ObjectKey) throws -> Int? {
        var status = stat()
        let path = path(of: key)
        guard stat(path, &status) != 0 else { return Int(status.st_size) }
        guard errno == ENOENT else { throw SystemCall.failure("stat", path) }
        return nil
    }

    /// Makes removals of objects durable.
    func synchronizeFolders(of keys: [ObjectKey]) throws {
        let folders = Set(keys.map { path(of: $0) }.map { $0.prefix(upTo: $0.lastIndex(of: "/") ?? $0.endIndex) })
        for folder in folders where access(String(folder), F_OK) == 0 {
            try SystemCall.synchronizeDirectory(String(folder))
        }
    }

    private func makeDurable(directory: String) throws {
        guard !durableDirectories.withLock({ $0.contains(directory) }) else { return }
        let parent = String(directory.prefix(upTo: directory.lastIndex(of: "/") ?? directory.endIndex))
        for (path, container) in [(parent, xorbs), (directory, parent)] {
            _ = try SystemCall.makeDirectory(path)
            try SystemCall.synchronizeDirectory(container)
        }
        durableDirectories.withLock { _ = $0.insert(directory) }
    }

    /// Removes what clients have given up on; does nothing when that was done a few minutes ago.
    func sweepNowAndThen() {
        let isDue = lastSweep.withLock { last in
            guard .now - last > .seconds(600) else { return false }
            last = .now
            return true
        }
        let age = TimeInterval(XorbGrantPromise.lifetime)
        if isDue { sweepIncoming(partAge: age, grantAge: age) }
    }

    /// Removes what interrupted uploads left behind: half received files not written for `partAge` seconds (0 only
    /// while nothing is being received), and bytes that have waited `grantAge` seconds for their commit.
    func sweepIncoming(partAge: TimeInterval, grantAge: TimeInterval, now: Date = Date()) {
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: incoming)) ?? [] {
            let path = "\(incoming)/\(name)"
            let modified = (try? manager.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            guard let modified else { continue }
            let age = now.timeIntervalSince(modified)
            if age > (name.hasSuffix(".part") ? partAge : grantAge) { SystemCall.remove(path) }
        }
    }
}
