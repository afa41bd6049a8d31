internal import Swarm
internal import SwarmWire
internal import Torrents

/// The engine's DHT as the table in which swarms of cached files find each other. ``DistributedDiscovery`` sees to it
/// that only files of public repositories get here.
struct EngineTable: DistributedTable {
    private static let patience = Duration.seconds(30)
    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(900)

    let engine: any TorrentEngine

    func lookUp(_ swarm: SwarmID) -> AsyncStream<[PeerAddress]> {
        let engine = engine
        return AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            // Cancelled when the stream is let go of.
            let work = Task {
                var pause = Self.firstPause
                while !Task.isCancelled {
                    for await found in engine.lookUp(swarm.bytes, timeout: Self.patience) where !found.isEmpty {
                        continuation.yield(found)
                    }
                    guard (try? await Task.sleep(for: pause)) != nil else { break }
                    pause = min(pause * 2, Self.longestPause)
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }

    func announce(_ swarm: SwarmID, port: UInt16) async { await engine.announce(swarm.bytes, port: port) }
}

/// The same for those who have everything and look for nobody: announces one after the other, so that thousands of files
/// are no burden to the DHT. About 2,400 can be kept alive in it.
struct SeedTable: DistributedTable {
    private let engine: any TorrentEngine
    private let line: TurnLine

    init(engine: any TorrentEngine, pause: Duration = .milliseconds(500)) {
        self.engine = engine
        line = TurnLine(pause: pause)
    }

    func lookUp(_ swarm: SwarmID) -> AsyncStream<[PeerAddress]> { AsyncStream { $0.finish() } }

    func announce(_ swarm: SwarmID, port: UInt16) async {
        guard await line.turn() else { return }
        await engine.announce(swarm.bytes, port: port)
    }
}

/// Lets those who come pass one by one, with a pause between two.
private actor TurnLine {
    private let pause: Duration
    private var next = ContinuousClock.now

    init(pause: Duration) { self.pause = pause }

    /// - Returns: false when the task was cancelled while it waited.
    func turn() async -> Bool {
        let mine = max(next, .now)
        next = mine + pause
        return (try? await Task.sleep(until: mine, clock: .continuous)) != nil
    }
}
