import Foundation
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where a hub writes a line per request.
public struct AccessLogSettings: Sendable {
    /// A file to append to, or `-` for standard output.
    public var path: String
    /// JSON objects instead of plain words.
    public var isJSON: Bool

    public init(path: String, isJSON: Bool) {
        self.path = path
        self.isJSON = isJSON
    }
}

/// Appends lines to a file on a thread of its own, so that no request waits for the disk.
///
/// When the disk cannot keep up, lines are dropped and counted rather than kept without bound. A file that was renamed
/// away, as log rotation does, is opened anew.
package final class AccessLog: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var isScheduled = false
        var descriptor: CInt
        var lastLook: ContinuousClock.Instant
    }

    private static let maximumPending = 8 << 20

    private let settings: AccessLogSettings
    private let metrics: HubMetrics
    private let state: Mutex<State>
    private let writer: NIOThreadPool
    /// Held while bytes go to the file, so that the order of lines is that of the buffer.
    private let writing = Mutex(())

    package init(_ settings: AccessLogSettings, metrics: HubMetrics) throws(HubServerError) {
        self.settings = settings
        self.metrics = metrics
        state = Mutex(State(descriptor: try Self.open(settings.path), lastLook: .now))
        writer = NIOThreadPool(numberOfThreads: 1)
        writer.start()
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor != STDOUT_FILENO { close(descriptor) }
        writer.shutdownGracefully { _ in }
    }

    func record(_ entry: AccessLogEntry) {
        let line = settings.isJSON ? entry.json : entry.text
        let (isDropped, mustSchedule) = state.withLock { state in
            guard state.pending.count < Self.maximumPending else { return (true, false) }
            state.pending += line.utf8
            state.pending.append(UInt8(ascii: "\n"))
            defer { state.isScheduled = true }
            return (false, !state.isScheduled)
        }
        if isDropped { metrics.logLineDropped() }
        if mustSchedule { writer.submit { _ in self.flush() } }
    }

    /// Writes what is pending. Blocks.
    package func flush() {
        writing.withLock { _ in
            let (bytes, descriptor) = state.withLock { state in
                if settings.path != "-", .now - state.lastLook > .seconds(1) {
                    state.lastLook = .now
                    reopenIfMoved(&state)
                }
                defer {
                    state.pending = []
                    state.isScheduled = false
                }
                return (state.pending, state.descriptor)
            }
            Self.write(bytes, to: descriptor)
        }
    }

    private func reopenIfMoved(_ state: inout State) {
        var (held, named) = (stat(), stat())
        guard fstat(state.descriptor, &held) == 0 else { return }
        if stat(settings.path, &named) == 0, named.st_ino == held.st_ino, named.st_dev == held.st_dev { return }
        guard let next = try? Self.open(settings.path) else { return }
        close(state.descriptor)
        state.descriptor = next
    }

    private static func open(_ path: String) throws(HubServerError) -> CInt {
        guard path != "-" else { return STDOUT_FILENO }
        #if canImport(Glibc)
            let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        #else
            let descriptor = Darwin.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        #endif
        guard descriptor >= 0 else {
            throw HubServerError(
                code: .accessLog, message: "cannot write the access log \(path): \(String(cString: strerror(errno)))",
                hint: "choose a file in a folder that exists and may be written to")
        }
        return descriptor
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) {
        bytes.withUnsafeBytes { raw in
            var done = 0
            while done < raw.count {
                #if canImport(Glibc)
                    let count = Glibc.write(descriptor, raw.baseAddress.map { $0 + done }, raw.count - done)
                #else
                    let count = Darwin.write(descriptor, raw.baseAddress.map { $0 + done }, raw.count - done)
                #endif
                if count < 0, errno == EINTR { continue }
                // A full disk must not stop the hub; the lines are lost.
                guard count > 0 else { return }
                done += count
            }
        }
    }
}
