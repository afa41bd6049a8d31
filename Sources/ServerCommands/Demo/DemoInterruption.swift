import Dispatch
import Foundation
import Synchronization
internal import Terminal

/// Stops the hub and removes the folder, however the demo ends.
final class DemoInterruption: Sendable {
    private struct State {
        var hub: DemoHub?
        var isClean = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let folder: DemoFolder
    private let keepsFolder: Bool
    private let state = Mutex(State())
    /// Only kept alive; nothing uses them after `init`.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init(folder: DemoFolder, keepsFolder: Bool) {
        self.folder = folder
        self.keepsFolder = keepsFolder
        let numbers = [SIGINT, SIGTERM]
        sources = numbers.map { number in
            _ = signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
        }
        for (number, source) in zip(numbers, sources) {
            source.setEventHandler { [weak self] in self?.interrupted(by: number) }
            source.resume()
        }
    }

    /// From now on the hub is stopped too.
    func stop(with hub: DemoHub) { state.withLock { $0.hub = hub } }

    /// Waits for the user's Ctrl-C.
    func wait() async {
        await withCheckedContinuation { waiter in state.withLock { $0.waiter = waiter } }
    }

    /// Stops the hub and, unless it is to be kept, removes the folder. Does nothing the second time.
    func cleanUp() {
        state.withLock { state in
            guard !state.isClean else { return }
            state.isClean = true
            state.hub?.stop()
            if !keepsFolder { folder.remove() }
        }
    }

    private func interrupted(by number: Int32) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        if let waiter { return waiter.resume() }
        cleanUp()
        if number == SIGINT { TerminalStream.error.write("\nerror: interrupted\n") }
        _exit(128 + number)
    }
}
