internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Tells when something appears, changes its name or goes in folders. Needs a system that tells so itself (Linux does,
/// for local file systems): elsewhere ``isAvailable`` is false, and the folders have to be looked at now and then.
public final class FolderWatcher: Sendable {
    private struct State {
        /// The folders by the numbers that the system gave them; several for a folder with several names.
        var folders: [Int32: String] = [:]
        var numbers: [String: Int32] = [:]
        var isFull = false
        var isOver = false
    }

    /// Paths of folders in which something has happened. An empty path stands for any of them: more happened than
    /// could be told.
    public let changes: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let descriptor: Int32
    private let state = Mutex(State())
    private let pool = NIOThreadPool(numberOfThreads: 1)

    public init() {
        // Which folders have changed is what counts; a reader that is slow looks at all of them.
        (changes, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(4096))
        #if canImport(Glibc)
            descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        #else
            descriptor = -1
        #endif
        guard descriptor >= 0 else { return }
        pool.start()
        pool.submit { [weak self, descriptor] _ in
            FolderWatcher.run(descriptor) { self }
            close(descriptor)
        }
    }

    deinit {
        continuation.finish()
        if descriptor >= 0 { pool.shutdownGracefully { _ in } }
    }

    /// Whether folders are watched, all of them: there is a limit to how many the system watches.
    public var isAvailable: Bool { descriptor >= 0 && !state.withLock { $0.isFull } }

    /// Begins to watch a folder; one that is watched already, or does not exist, is fine. Ends by itself when the folder
    /// goes.
    public func watch(_ folder: String) {
        #if canImport(Glibc)
            guard descriptor >= 0 else { return }
            let events =
                IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
                | IN_ONLYDIR
            let number = inotify_add_watch(descriptor, folder, UInt32(bitPattern: Int32(truncatingIfNeeded: events)))
            let code = errno
            state.withLock { state in
                if number >= 0 {
                    state.folders[number] = folder
                    state.numbers[folder] = number
                } else if code == ENOSPC {
                    state.isFull = true
                }
            }
        #endif
    }

    /// Watches until the watcher is gone.
    private static func run(_ descriptor: Int32, _ watcher: () -> FolderWatcher?) {
        #if canImport(Glibc)
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            // The watcher is held only while it is used, so that it can go.
            while watcher() != nil {
                var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard Glibc.poll(&poll, 1, 500) > 0 else { continue }
                guard poll.revents & Int16(POLLIN) != 0 else { return }
                let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { continue }
                buffer.withUnsafeBytes { watcher()?.take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            }
        #endif
    }

    #if canImport(Glibc)
        private func take(_ bytes: UnsafeRawBufferPointer) {
            var position = 0
            let head = MemoryLayout<inotify_event>.size
            var changed: Set<String> = []
            while position + head <= bytes.count {
                let event = bytes.loadUnaligned(fromByteOffset: position, as: inotify_event.self)
                position += head + Int(event.len)
                let folder = state.withLock { state in
                    if event.mask & UInt32(IN_IGNORED) != 0 {
                        let gone = state.folders.removeValue(forKey: event.wd)
                        if let gone, state.numbers[gone] == event.wd { state.numbers[gone] = nil }
                        return gone
                    }
                    return state.folders[event.wd]
                }
                changed.insert(event.mask & UInt32(IN_Q_OVERFLOW) != 0 ? "" : folder ?? "")
            }
            for folder in changed {
                if case .dropped = continuation.yield(folder) { continuation.yield("") }
            }
        }
    #endif
}
