package import HubClient
internal import HubWire
internal import PublishWire

/// Keeps up with one repository: asks for its commit from time to time, and mirrors each new one.
package struct Follower: Sendable {
    /// What it works with.
    package struct Means: Sendable {
        /// Asks the hub which commit the revision stands for now.
        package var look: @Sendable (FollowRecord) async throws -> RevisionMark
        /// Mirrors that commit.
        package var mirror: @Sendable (FollowRecord, _ commit: String) async throws -> Void
        /// Seconds since 1970.
        package var now: @Sendable () -> Int64 = { Clock.now }
        /// A part of the interval, by which questions of many are spread.
        package var jitter: @Sendable () -> Double = { Double.random(in: -0.1...0.1) }

        package init(
            look: @escaping @Sendable (FollowRecord) async throws -> RevisionMark,
            mirror: @escaping @Sendable (FollowRecord, _ commit: String) async throws -> Void
        ) {
            self.look = look
            self.mirror = mirror
        }
    }

    /// What a step came to.
    package enum Outcome: Sendable {
        case unchanged
        case mirrored(commit: String)
        /// It is tried again later.
        case failed(any Error)
    }

    private let registry: Registry
    private let book: FollowBook
    private let means: Means

    /// Never waited for longer after failures.
    private static let longestPause: Int64 = 3_600

    package init(_ registry: Registry, means: Means) {
        self.registry = registry
        book = FollowBook(registry.folder)
        self.means = means
    }

    /// Asks once, mirrors what is new, and has older versions rest.
    /// - Throws: `CancellationError`, and ``PublishError`` when it cannot be noted.
    package func step(_ record: inout FollowRecord) async throws -> Outcome {
        var outcome = Outcome.unchanged
        do {
            let mark = try await means.look(record)
            if mark.commit != record.mirrored {
                try await means.mirror(record, mark.commit)
                record.mirrored = mark.commit
                outcome = .mirrored(commit: mark.commit)
            }
            record.mark = mark
            record.failures = 0
            try await rest(record)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            record.failures += 1
            outcome = .failed(error)
        }
        record.next = means.now() + pause(record)
        try book.update(record)
        return outcome
    }

    /// Seconds until the next question.
    private func pause(_ record: FollowRecord) -> Int64 {
        var seconds = record.interval
        if record.failures > 0 {
            let longer = seconds << Int64(min(record.failures - 1, 8))
            seconds = max(seconds, min(longer, Self.longestPause))
        }
        return max(1, seconds + Int64(Double(seconds) * means.jitter()))
    }

    /// Of the versions of a mirror, the last few are given to others.
    private func rest(_ record: FollowRecord) async throws(PublishError) {
        let isSmall = record.order.skipsLarge
        let versions = try registry.versions(of: try record.order.name()).filter { entry in
            entry.origin == .mirrored && entry.source?.hub == record.order.address.endpoint
                && entry.source?.repo == record.order.address.repo.id.description
                && entry.version.hasSuffix(MirrorOrder.smallMark) == isSmall
        }
        // The current one goes first, even when it was mirrored before others, as after a branch was set back.
        let current = record.mirrored.map { record.order.version(of: $0) }
        let ordered = versions.filter { $0.version == current } + versions.filter { $0.version != current }
        for entry in ordered.dropFirst(record.keep) where entry.seeds {
            try await registry.update(entry.name) { $0.seeds = false }
        }
    }
}

/// Follows all repositories of a ``FollowBook``, one after the other.
package struct Followers: Sendable {
    private let registry: Registry
    private let means: Follower.Means
    private let tick: Duration
    private let note: @Sendable (FollowRecord, Follower.Outcome) -> Void

    /// - Parameters:
    ///   - tick: how often it is looked for what is due.
    ///   - note: gets what steps came to.
    package init(
        _ registry: Registry, means: Follower.Means, tick: Duration = .seconds(5),
        note: @escaping @Sendable (FollowRecord, Follower.Outcome) -> Void = { _, _ in }
    ) {
        self.registry = registry
        self.means = means
        self.tick = tick
        self.note = note
    }

    /// Works until it is cancelled.
    package func run() async {
        let follower = Follower(registry, means: means)
        let book = FollowBook(registry.folder)
        // On a full disk nothing can be noted, and hubs are not to be asked the more often for it.
        var unnoted: [String: Int64] = [:]
        while !Task.isCancelled {
            for var record in (try? book.all()) ?? [] where record.order.seeds {
                guard max(record.next, unnoted[record.key] ?? 0) <= means.now() else { continue }
                do {
                    let outcome = try await follower.step(&record)
                    unnoted[record.key] = nil
                    note(record, outcome)
                } catch is CancellationError {
                    return
                } catch {
                    unnoted[record.key] = means.now() + record.interval
                    note(record, .failed(error))
                }
            }
            try? await Task.sleep(for: tick)
        }
    }
}
