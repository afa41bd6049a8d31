internal import CTorrent
internal import Dispatch
internal import Synchronization

/// The C session. All that is asked of it is asked on one queue: its answers may take as long as a read from the
/// disk, which Swift's few threads cannot wait for, and nothing is asked of one that is gone.
final class EngineSession: Sendable {
    /// libtorrent's session may be used from any thread; only its end needs care, which the queue takes.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let queue = DispatchQueue(label: "shoal.torrents")
    private let handle = Mutex<Handle?>(nil)
    private let tell: @Sendable ([EngineEvent]) -> Void

    /// - Parameter tell: told what happens, in order, one call at a time.
    init(_ settings: EngineSettings, tell: @escaping @Sendable ([EngineEvent]) -> Void) throws(TorrentError) {
        self.tell = tell
        let memory = CMemory()
        let named = Self.settings(settings.named, memory)
        let bell = Bell()
        var failure = ctorrent_failure()
        // The session holds the bell, and gives it back when it has ended.
        let context = Unmanaged.passRetained(bell)
        let pointer = ctorrent_open(
            memory.list(named), named.count, "-SH0001-", memory.bytes(settings.dhtState ?? []),
            { @Sendable context in
                guard let context else { return }
                Unmanaged<Bell>.fromOpaque(context).takeUnretainedValue().ring()
            },
            context.toOpaque(), &failure)
        withExtendedLifetime(memory) {}
        guard let pointer else {
            context.release()
            throw TorrentError(failure)
        }
        self.bell = bell
        handle.withLock { $0 = Handle(pointer: pointer) }
        bell.answer { [weak self] in self?.poll() }
    }

    private let bell: Bell

    deinit {
        end {}
    }

    /// Asks the session something.
    func call<Value: Sendable>(
        _ body: @escaping @Sendable (OpaquePointer) throws(TorrentError) -> Value
    ) async throws(TorrentError) -> Value {
        let result: Result<Value, TorrentError> = await withCheckedContinuation { continuation in
            queue.async {
                guard let handle = self.handle.withLock({ $0 }) else {
                    continuation.resume(returning: .failure(.closed))
                    return
                }
                do throws(TorrentError) {
                    continuation.resume(returning: .success(try body(handle.pointer)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Ends the session; at most `grace` is waited for trackers to be told.
    func close(grace: Duration) async {
        let seconds = max(Int(grace.components.seconds), 1)
        try? await configure([NamedSetting("stop_tracker_timeout", seconds)])
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        queue.async { self.end { continuation.finish() } }
        queue.asyncAfter(deadline: .now() + .seconds(seconds) + .milliseconds(500)) { continuation.finish() }
        for await _ in ended {}
    }

    func configure(_ settings: [NamedSetting]) async throws(TorrentError) {
        try await call { pointer throws(TorrentError) in
            let memory = CMemory()
            let named = Self.settings(settings, memory)
            try attempt { ctorrent_configure(pointer, memory.list(named), named.count, $0) }
            withExtendedLifetime(memory) {}
        }
    }

    /// Ending blocks until libtorrent's threads have: that is done on a thread of its own.
    private func end(then: @escaping @Sendable () -> Void) {
        let last = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        guard let last else { return then() }
        bell.answer(nil)
        let bell = bell
        DispatchQueue.global().async {
            ctorrent_close(last.pointer)
            Unmanaged.passUnretained(bell).release()
            then()
        }
    }

    private func poll() {
        queue.async {
            guard let handle = self.handle.withLock({ $0 }) else { return }
            let batch = EventBatch()
            ctorrent_poll(
                handle.pointer,
                { @Sendable context, event in
                    guard let context, let event else { return }
                    Unmanaged<EventBatch>.fromOpaque(context).takeUnretainedValue().take(event.pointee)
                },
                Unmanaged.passUnretained(batch).toOpaque())
            self.tell(batch.events)
        }
    }

    private static func settings(_ settings: [NamedSetting], _ memory: CMemory) -> [ctorrent_setting] {
        settings.map { setting in
            switch setting.value {
            case .text(let text): ctorrent_setting(name: memory.text(setting.name), text: memory.text(text), number: 0)
            case .number(let number):
                ctorrent_setting(name: memory.text(setting.name), text: nil, number: Int64(number))
            }
        }
    }
}

/// What libtorrent rings when something happens, from threads of its own.
private final class Bell: Sendable {
    private struct State {
        var answer: (@Sendable () -> Void)?
        var hasRung = false
    }
    private let state = Mutex(State())

    func ring() {
        let answer = state.withLock { state in
            state.hasRung = true
            return state.answer
        }
        answer?()
    }

    /// Names who answers from now on. What rang before is answered at once: it rings only once for all that waits.
    func answer(_ answer: (@Sendable () -> Void)?) {
        let hasRung = state.withLock { state in
            state.answer = answer
            return state.hasRung
        }
        if hasRung { answer?() }
    }
}

private final class EventBatch {
    var events: [EngineEvent] = []

    func take(_ event: borrowing ctorrent_event) {
        if let event = EngineEvent(event) { events.append(event) }
    }
}
