import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is still to be done when a signal ends the process: on a thread of its own, which sleeps until then, for nothing
/// that allocates may run in a signal handler.
enum LastWords {
    /// How long a process that was told to leave waits for them, in steps of 10 ms.
    private static let patience = 30

    private static let isDone = Atomic<Bool>(false)
    /// The end of a pipe that wakes the thread; -1 while there is none.
    private static let bell = Atomic<Int32>(-1)
    private static let body = Mutex<(@Sendable () -> Void)?>(nil)

    /// Makes the globals that the handler reads, for it must never be the first to touch them.
    static func prepare() {
        _ = bell.load(ordering: .sequentiallyConsistent)
        _ = isDone.load(ordering: .sequentiallyConsistent)
    }

    /// Chooses what is done; the first call starts the thread.
    static func set(_ words: @escaping @Sendable () -> Void) {
        body.withLock { $0 = words }
        guard bell.load(ordering: .sequentiallyConsistent) < 0 else { return }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let context = UnsafeMutableRawPointer(bitPattern: Int(ends[0]) + 1)
        #if canImport(Glibc)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        guard pthread_create(&thread, nil, { wait(on: $0) }, context) == 0 else { return }
        bell.store(ends[1], ordering: .sequentiallyConsistent)
    }

    /// For the signal handler: async-signal-safe calls only.
    static func speak() {
        let bell = bell.load(ordering: .sequentiallyConsistent)
        guard bell >= 0 else { return }
        var byte: UInt8 = 1
        guard write(bell, &byte, 1) == 1 else { return }
        // The interrupted thread may hold a lock that the words need; then they are given up.
        for _ in 0..<patience where !isDone.load(ordering: .sequentiallyConsistent) {
            var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
            nanosleep(&pause, nil)
        }
    }

    fileprivate static func say() {
        body.withLock { $0 }?()
        isDone.store(true, ordering: .sequentiallyConsistent)
    }
}

#if canImport(Glibc)
    private typealias ThreadContext = UnsafeMutableRawPointer?
#else
    private typealias ThreadContext = UnsafeMutableRawPointer
#endif

/// The thread: the context is the pipe's reading end plus one, so that it is no null pointer.
private func wait(on context: ThreadContext) -> UnsafeMutableRawPointer? {
    let end = Int32(Int(bitPattern: context) - 1)
    var byte: UInt8 = 0
    while read(end, &byte, 1) < 0, errno == EINTR {}
    LastWords.say()
    return nil
}
