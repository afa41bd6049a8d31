internal import Logging
internal import SwarmWire
internal import Synchronization

/// Keeps one tracker told about the swarms of this node.
final class TrackerAnnouncer: Sendable {
    private let client: TrackerClient
    private let identity: NodeIdentity
    private let settings: DiscoverySettings
    private let logger: Logger
    private let state: Mutex<TrackerSeats>
    private let alarm = Alarm()

    init(client: TrackerClient, identity: NodeIdentity, settings: DiscoverySettings, logger: Logger) {
        self.client = client
        self.identity = identity
        self.settings = settings
        var logger = logger
        logger[metadataKey: "tracker"] = "\(client.url.announce.prefix { $0 != "?" })"
        self.logger = logger
        state = Mutex(TrackerSeats(settings: settings))
    }

    func join(
        _ swarm: SwarmID, _ announced: AnnounceState, _ deliver: @escaping @Sendable ([PeerAddress]) -> Void
    ) -> UInt64 {
        let number = state.withLock { $0.join(swarm, announced, now: .now, deliver) }
        alarm.ring()
        return number
    }

    func leave(_ seat: UInt64) {
        state.withLock { $0.leave(seat) }
        alarm.ring()
    }

    /// Looks whether something has changed that the tracker should know.
    func wake() {
        state.withLock { $0.noteChanges(now: .now) }
        alarm.ring()
    }

    func run() async {
        while !Task.isCancelled {
            let (time, isQuiet) = state.withLock { ($0.nextTime(), $0.isQuiet(now: .now)) }
            if let time, time <= .now, !isQuiet {
                await round()
            } else {
                await alarm.wait(until: time)
            }
        }
        await farewell()
    }

    // MARK: Announcing

    /// Seats of one round that are told one by one.
    private static let singlesPerRound = 64

    private func round() async {
        await sendFarewells()
        let (due, batchSize) = state.withLock { state in
            state.putOffMinors(now: .now)
            return (state.due(now: .now, limit: max(Self.singlesPerRound, state.batchSize ?? 0)), state.batchSize)
        }
        guard !due.isEmpty, !Task.isCancelled else { return }
        guard let batchSize else {
            // The answer tells whether the rest may go together.
            await announceSingly(due.prefix(1))
            return
        }
        if due.count == 1 || batchSize == 0 {
            await announceSingly(due.prefix(Self.singlesPerRound))
            return
        }
        // A batch speaks for one port.
        for group in Dictionary(grouping: due, by: \.facts.port).values {
            await announceTogether(Array(group.prefix(batchSize)))
            if state.withLock({ $0.isQuiet(now: .now) }) { return }
        }
    }

    private typealias Due = (number: UInt64, seat: TrackerSeats.Seat, facts: AnnounceState.Facts)

    private func announceSingly(_ due: ArraySlice<Due>) async {
        await withTaskGroup(of: Void.self) { group in
            var rest = due
            for _ in 0..<settings.parallelAnnounces {
                guard let next = rest.popFirst() else { break }
                group.addTask { await self.announce(next) }
            }
            while await group.next() != nil {
                guard !state.withLock({ $0.isQuiet(now: .now) }), let next = rest.popFirst() else { continue }
                group.addTask { await self.announce(next) }
            }
        }
    }

    private func announce(_ due: Due) async {
        var request = AnnounceRequest(swarm: due.seat.swarm, peer: identity.peer, port: due.facts.port ?? 0)
        request.left = due.facts.isSeeding ? 0 : 1
        request.event = Self.event(due)
        request.wanted = due.facts.isSeeding ? 0 : settings.wantedPeers
        request.key = identity.key
        request.capacity = due.facts.capacity
        state.withLock { $0.noteTold([(due.number, due.facts)], now: .now) }
        do {
            let reply = try await client.announce(request)
            if let external = reply.external { identity.noteOwn(external) }
            let peers = usable(reply.addresses)
            due.seat.state.note(population: Self.sum(reply.complete ?? 0, reply.incomplete ?? 0))
            state.withLock { state in
                let interval = state.succeeded(interval: reply.interval, minimumInterval: reply.minimumInterval)
                state.batchSize = min(reply.batchSize ?? 0, 1_000)
                state.schedule(due.number, after: interval, foundPeers: !peers.isEmpty, now: .now)
            }
            if !peers.isEmpty { due.seat.deliver(peers) }
        } catch let failure as TrackerFailure {
            logger.debug("tracker refuses", metadata: ["swarm": "\(due.seat.swarm)", "reason": "\(failure.reason)"])
            state.withLock { $0.refused(due.number, retryAfter: failure.retryAfter, now: .now) }
        } catch {
            note(error)
        }
    }

    private static func event(_ due: Due) -> AnnounceRequest.Event? {
        guard let told = due.seat.told else { return .started }
        return due.facts.isSeeding && !told.isSeeding ? .completed : nil
    }

    private func announceTogether(_ due: [Due]) async {
        guard let first = due.first else { return }
        var batch = BatchAnnounce(peer: identity.peer, port: first.facts.port ?? 0)
        batch.key = identity.key
        batch.capacity = due.compactMap(\.facts.capacity).min()
        batch.wanted = settings.wantedPeers
        for one in due {
            if Self.event(one) == .completed {
                batch.completed.append(one.seat.swarm)
            } else if one.facts.isSeeding {
                batch.seeding.append(one.seat.swarm)
            } else {
                batch.leeching.append(one.seat.swarm)
            }
        }
        state.withLock { state in state.noteTold(due.map { ($0.number, $0.facts) }, now: .now) }
        do {
            let reply = try await client.announce(batch)
            if let external = reply.external { identity.noteOwn(external) }
            take(reply, of: due)
        } catch let refusal as TrackerClient.Refused where [400, 404, 405, 413, 415, 501].contains(refusal.status) {
            // It is another program now, or another one answers for it.
            state.withLock { $0.batchSize = 0 }
        } catch let failure as TrackerFailure {
            logger.debug("tracker refuses a batch", metadata: ["reason": "\(failure.reason)"])
            _ = state.withLock { $0.failed(retryAfter: failure.retryAfter, now: .now) }
        } catch {
            note(error)
        }
    }

    private func take(_ reply: BatchReply, of due: [Due]) {
        let interval = state.withLock { state in
            state.batchSize = min(reply.batchSize ?? 0, 1_000)
            return state.succeeded(interval: reply.interval, minimumInterval: reply.minimumInterval)
        }
        for one in due {
            switch reply.swarms[one.seat.swarm] {
            case .refused(let reason)?:
                logger.debug("tracker refuses", metadata: ["swarm": "\(one.seat.swarm)", "reason": "\(reason)"])
                state.withLock { $0.refused(one.number, retryAfter: nil, now: .now) }
            case .peers(let compact, let complete, let incomplete)?:
                let peers = usable(compact.addresses)
                one.seat.state.note(population: Self.sum(complete, incomplete))
                state.withLock { $0.schedule(one.number, after: interval, foundPeers: !peers.isEmpty, now: .now) }
                if !peers.isEmpty { one.seat.deliver(peers) }
            case nil:
                state.withLock { $0.schedule(one.number, after: interval, foundPeers: false, now: .now) }
            }
        }
    }

    /// Trackers may say any number.
    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, isTooLarge) = left.addingReportingOverflow(right)
        return isTooLarge ? .max : sum
    }

    private func note(_ error: any Error) {
        guard !(error is CancellationError), !Task.isCancelled else { return }
        let asked = (error as? TrackerClient.Refused)?.retryAfter
        let pause = state.withLock { $0.failed(retryAfter: asked, now: .now) }
        logger.debug("tracker does not answer", metadata: ["error": "\(error)", "pause": "\(pause)"])
    }

    /// A tracker elsewhere cannot know anybody on this machine: such an address would lead to whatever listens here.
    private func usable(_ addresses: [PeerAddress]) -> [PeerAddress] {
        guard !client.isLocal else { return addresses }
        return addresses.filter { address in
            address.host.lowercased() != "localhost" && address.literal.map { !$0.isLoopback } ?? true
        }
    }

    // MARK: Leaving

    /// Tells the tracker that this node leaves, as far as that is quickly done.
    private func farewell() async {
        state.withLock { $0.leaveAll() }
        guard state.withLock({ !$0.farewells.isEmpty && !$0.isQuiet(now: .now) }) else { return }
        // This task is cancelled already, and nothing could be sent from it. The group ends with the first of the two.
        let goodbye = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.sendFarewells() }
                group.addTask { try? await Task.sleep(for: self.settings.farewell) }
                await group.next()
                group.cancelAll()
            }
        }
        await goodbye.value
    }

    private func sendFarewells() async {
        while !Task.isCancelled {
            let (leaving, batchSize) = state.withLock { state in
                let batchSize = state.batchSize ?? 0
                return (state.takeFarewells(max(batchSize, settings.parallelAnnounces)), batchSize)
            }
            guard !leaving.isEmpty else { return }
            if leaving.count > 1, batchSize > 0 {
                for (port, group) in Dictionary(grouping: leaving, by: \.port) {
                    var batch = BatchAnnounce(peer: identity.peer, port: port)
                    batch.key = identity.key
                    batch.stopped = group.map(\.swarm)
                    _ = try? await client.announce(batch)
                }
                continue
            }
            await withDiscardingTaskGroup { group in
                for one in leaving {
                    group.addTask {
                        var request = AnnounceRequest(swarm: one.swarm, peer: self.identity.peer, port: one.port)
                        request.event = .stopped
                        request.key = self.identity.key
                        request.wanted = 0
                        request.left = 1
                        // A tracker that does not hear it forgets this node by itself.
                        _ = try? await self.client.announce(request)
                    }
                }
            }
        }
    }
}
