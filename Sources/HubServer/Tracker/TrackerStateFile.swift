import Foundation
import Logging
import SwarmTracker
import SwarmWire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The file in which a tracker's state outlives its process.
struct TrackerStateFile: Sendable {
    let path: String

    /// Larger files are none that this program has written: a million memberships take 90 MB at most.
    private static let maximumSize = 1 << 30

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Adds what the file holds, if there is one. A damaged one is renamed, so that it can be looked at; the peers
    /// announce again by themselves.
    ///
    /// - Throws: ``HubServerError`` when the file or its folder cannot be used: better now than at the first write.
    func load(into tracker: Tracker) throws(HubServerError) {
        var info = stat()
        guard stat(path, &info) == 0 else {
            guard errno == ENOENT else { throw failure("cannot open", errno) }
            guard access(folder, W_OK | X_OK) == 0 else { throw failure("cannot write", errno) }
            return
        }
        guard info.st_mode & S_IFMT == S_IFREG, info.st_size <= Self.maximumSize else {
            throw HubServerError(
                code: .dataDirectory, message: "\(path) is not the state of a tracker",
                hint: "give another file with --state")
        }
        guard let bytes = FileManager.default.contents(atPath: path) else { throw failure("cannot read", EACCES) }
        do {
            try tracker.registry.restore([UInt8](bytes), now: tracker.now, time: Self.time)
        } catch {
            let aside = path + ".damaged"
            guard rename(path, aside) == 0 else { throw failure("cannot rename", errno) }
            tracker.logger.warning(
                "the tracker's state is damaged; beginning with none",
                metadata: ["error": "\(error)", "kept": "\(aside)"])
        }
    }

    /// Replaces the file by the state of now, all of it or nothing.
    func save(_ tracker: Tracker) throws {
        let bytes = tracker.registry.snapshot(now: tracker.now, time: Self.time)
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let file = try OpenFile(creating: temporary)
        do {
            try bytes.withUnsafeBytes { try file.write($0, at: 0) }
            try file.synchronize()
            try SystemCall.rename(temporary, to: path)
        } catch {
            SystemCall.remove(temporary)
            throw error
        }
        try SystemCall.synchronizeDirectory(folder)
    }

    private static var time: Int64 { Int64(Date().timeIntervalSince1970) }

    private func failure(_ what: String, _ code: CInt) -> HubServerError {
        HubServerError(
            code: .dataDirectory, message: "\(what) \(path): \(String(cString: strerror(code)))",
            hint: "give a file that this user may write with --state")
    }
}
