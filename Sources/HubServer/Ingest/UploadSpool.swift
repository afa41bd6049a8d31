import Foundation
import Synchronization

/// The folder where uploads wait, as plain bytes, to become content of the store: `DATA/uploads`.
///
/// A file that is being received ends in `.part` and vanishes with the request. A complete part of a multipart upload
/// ends in `.piece`; it outlives a restart and goes when nobody has come for it for a day.
final class UploadSpool: Sendable {
    let path: String
    /// How many uploads become content at a time; each takes some 40 MiB while it does, and as much for what it knows of
    /// the store.
    let gate = Turnstile(width: 2)

    /// How many uploads become content while they are being received; others are received first.
    let streams = Turnstile(width: 3)

    private let lastSweep = Mutex(ContinuousClock.now)

    /// Seconds that a part waits for its siblings.
    static let pieceAge: TimeInterval = 24 * 3600

    /// Opens the folder, making it when it is missing, and removes what interrupted uploads of an earlier run left. One
    /// process at a time may do so.
    init(dataDirectory: String) throws {
        path = dataDirectory + "/uploads"
        _ = try SystemCall.makeDirectory(path)
        sweep(partAge: 0)
    }

    /// Starts a file for bytes that are being received.
    func makeIncoming() throws -> IncomingFile {
        let isDue = lastSweep.withLock { last in
            guard .now - last > .seconds(600) else { return false }
            last = .now
            return true
        }
        if isDue { sweep() }
        return try IncomingFile(creating: "\(path)/\(String(UInt64.random(in: .min ... .max), radix: 16)).part")
    }

    /// Bytes that the file system still takes; nil when it does not say.
    var freeBytes: UInt64? {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.uint64Value
    }

    /// Removes parts of uploads that were given up; `partAge` may be 0 only while nothing is being received.
    func sweep(partAge: TimeInterval = pieceAge, now: Date = Date()) {
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: path)) ?? [] {
            let file = "\(path)/\(name)"
            let modified = (try? manager.attributesOfItem(atPath: file))?[.modificationDate] as? Date
            guard let modified else { continue }
            let limit = name.hasSuffix(".part") ? partAge : Self.pieceAge
            if now.timeIntervalSince(modified) >= limit { SystemCall.remove(file) }
        }
    }

    // MARK: Parts of multipart uploads

    private func name(upload: UInt64, part: Int, etag: String) -> String {
        "\(path)/\(String(upload, radix: 16))-\(part)-\(etag).piece"
    }

    /// Gives a received part its name: what a completion asks for later. A part that comes again, perhaps with other
    /// bytes, stands beside the first.
    func keep(_ file: IncomingFile, upload: UInt64, part: Int, etag: String) throws {
        try file.keep(as: name(upload: upload, part: part, etag: etag))
    }

    /// Opens a part; nil when no such part has come, or it has been used up.
    func open(upload: UInt64, part: Int, etag: String) throws -> OpenFile? {
        let path = name(upload: upload, part: part, etag: etag)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try OpenFile(reading: path)
    }

    /// Removes all parts of an upload. O(number of files in the folder).
    func removeParts(upload: UInt64) {
        let prefix = "\(String(upload, radix: 16))-"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where name.hasPrefix(prefix) {
            SystemCall.remove("\(path)/\(name)")
        }
    }
}
