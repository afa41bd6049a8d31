import Logging
import NIOPosix
import ServiceLifecycle
import SwarmTracker

/// Forgets the peers that are gone, and writes the tracker's state to its file, also at the end.
struct TrackerKeeper: Service {
    let tracker: Tracker

    private static let sweepInterval = Duration.seconds(30)
    /// Sweeps between two writes.
    private static let sweepsPerWrite = 2

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var written = tracker.announceCount
            var sweeps = 0
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.sweepInterval)
                guard !Task.isCancelled else { break }
                tracker.registry.sweep(now: tracker.now)
                sweeps += 1
                let count = tracker.announceCount
                guard sweeps.isMultiple(of: Self.sweepsPerWrite), count != written else { continue }
                await save()
                written = count
            }
        }
        await save()
    }

    private func save() async {
        guard let path = tracker.settings.stateFile else { return }
        do {
            try await ContentThreads.reading.runIfActive { try TrackerStateFile(path: path).save(tracker) }
        } catch {
            tracker.logger.error(
                "cannot write the tracker's state", metadata: ["file": "\(path)", "error": "\(error)"])
        }
    }
}
