import NIOCore
import Synchronization
import Xet

/// A file under `incoming/` that vanishes with its last reference, unless it was given another name before.
final class IncomingFile: Sendable {
    let path: String
    let file: OpenFile
    private let isGone = Mutex(false)

    init(creating path: String) throws {
        self.path = path
        file = try OpenFile(creating: path)
    }

    /// Takes over a file that is already there under a name of its own, so that nobody else can take it too.
    init(claiming old: String, as path: String) throws {
        try SystemCall.rename(old, to: path)
        self.path = path
        file = try OpenFile(updating: path)
    }

    deinit { discard() }

    /// Removes the file now; its contents stay where they have another name.
    func discard() {
        isGone.withLock { isGone in
            if !isGone { SystemCall.remove(path) }
            isGone = true
        }
    }

    /// Cuts the file after the body, appends the footer and puts all of it on disk.
    func complete(bodyLength: Int, footer: [UInt8]) throws {
        try file.truncate(to: bodyLength)
        try footer.withUnsafeBytes { try file.write($0, at: bodyLength) }
        try file.synchronize()
    }

    /// Gives the file a name that outlives this object.
    func keep(as name: String) throws {
        try isGone.withLock { isGone in
            try SystemCall.rename(path, to: name)
            isGone = true
        }
    }
}
