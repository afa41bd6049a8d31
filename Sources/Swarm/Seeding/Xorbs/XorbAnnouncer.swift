internal import SwarmWire
internal import Xet

/// Tells trackers which xorbs everybody can have whole, for peers of zest's kind, which look for nothing else.
///
/// Whoever has found this node by one xorb asks it for all others, so a part of them is enough where there are many.
package actor XorbAnnouncer {
    /// Xorbs that are announced.
    package static let maximumXorbs = 1_000

    private let library: LocalSeedLibrary
    private let trackers: any PeerDiscovery
    private let state: AnnounceState
    /// How long to wait for more after a change, and until it is looked again without one.
    private let (settling, refreshing): (Duration, Duration)
    private var joined: [XorbHash: Task<Void, Never>] = [:]

    /// - Parameters:
    ///   - trackers: those that the user has named, under the identity by which files are announced.
    ///   - port: where this node listens.
    package init(
        library: LocalSeedLibrary, trackers: any PeerDiscovery, port: UInt16, settling: Duration = .seconds(2),
        refreshing: Duration = .seconds(600)
    ) {
        self.library = library
        self.trackers = trackers
        self.settling = settling
        self.refreshing = refreshing
        state = AnnounceState(port: port, isSeeding: true, reach: .named, isMinor: true)
    }

    /// How many xorbs are announced.
    package var count: Int { joined.count }

    /// Works until the task is cancelled.
    package func run() async {
        // What changes while it is looked, or waited, is one change.
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (changes, settling, refreshing) = (library.changes, settling, refreshing)
        look.yield()
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await change in changes where change.isOfWholeFile { look.yield() }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: refreshing)
                    look.yield()
                }
            }
            for await _ in looks {
                try? await Task.sleep(for: settling)
                if Task.isCancelled { break }
                await update()
            }
            group.cancelAll()
        }
        for task in joined.values { task.cancel() }
        for task in joined.values { await task.value }
    }

    private func update() async {
        guard let xorbs = try? await library.wholeXorbs(Self.maximumXorbs) else { return }
        let wanted = Set(xorbs)
        for (xorb, task) in joined where !wanted.contains(xorb) {
            task.cancel()
            joined[xorb] = nil
        }
        for xorb in xorbs where joined[xorb] == nil {
            // Joined at once and in this order: a tracker that takes no batches hears of the first ones alone.
            let found = trackers.peers(for: .zest(xorb), announcing: state)
            // Cancelled above, or at the end of ``run()``. Whom it finds is of no interest to who has everything.
            joined[xorb] = Task { for await _ in found {} }
        }
    }
}

extension SeedChange {
    /// Whether a file has come, has gone, or may go to others than before.
    fileprivate var isOfWholeFile: Bool {
        switch self {
        case .completed, .lost, .many: true
        case .gained, .coming: false
        }
    }
}
