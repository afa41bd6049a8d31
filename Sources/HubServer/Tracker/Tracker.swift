import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
package import SwarmTracker
import SwarmWire

/// The tracker of a hub, or of a server of its own (docs/tracker.md).
package final class Tracker: Sendable {
    package let registry: TrackerRegistry
    let settings: TrackerSettings
    let logger: Logger
    private let proxies: Set<IPLiteral>
    private let start = ContinuousClock.now
    private let announces: MetricCounter
    private let refusals: MetricCounter
    private let scrapes: MetricCounter
    private let gauges: (swarms: MetricCounter, peers: MetricCounter, memberships: MetricCounter)

    /// Opens a tracker with the state of its file.
    ///
    /// - Throws: ``HubServerError`` when the settings cannot be used. A damaged state is put aside and said in the log.
    package init(_ settings: TrackerSettings, metrics: HubMetrics, logger: Logger) throws(HubServerError) {
        self.settings = settings
        self.logger = logger
        var proxies: Set<IPLiteral> = []
        for text in settings.proxies {
            guard let literal = IPLiteral(text) else {
                throw HubServerError(
                    code: .invalidURL, message: "'\(text)' is not the address of a proxy",
                    hint: "give an IP address, as the proxy connects from it")
            }
            proxies.insert(literal)
        }
        self.proxies = proxies
        registry = TrackerRegistry(limits: settings.limits)
        announces = metrics.counter("shoal_tracker_announces_total", help: "Announces, one per swarm.")
        refusals = metrics.counter("shoal_tracker_refused_total", help: "Announces that were refused.")
        scrapes = metrics.counter("shoal_tracker_scrapes_total", help: "Swarms that were scraped.")
        gauges = (
            metrics.counter("shoal_tracker_swarms", help: "Swarms that the tracker knows."),
            metrics.counter("shoal_tracker_peers", help: "Peers that the tracker knows."),
            metrics.counter("shoal_tracker_memberships", help: "Peers of all swarms together.")
        )
        if let file = settings.stateFile { try TrackerStateFile(path: file).load(into: self) }
    }

    /// Seconds since this tracker was started.
    var now: Int { Int((ContinuousClock.now - start).components.seconds) }

    /// How many announces there have been, by which a keeper tells whether the state has changed.
    var announceCount: Int { announces.value }

    /// Brings what `/metrics` shows up to date.
    func updateGauges() {
        let figures = registry.figures
        gauges.swarms.set(figures.swarms)
        gauges.peers.set(figures.peers)
        gauges.memberships.set(figures.memberships)
    }

    /// Where a request comes from; nil when not even its connection tells.
    func origin(of request: Request, _ context: HubRequestContext) -> AnnounceOrigin? {
        origin(
            remote: context.remoteAddress, local: context.localAddress, forwardedFor: request.headers[.forwardedFor])
    }

    func origin(remote: String?, local: String?, forwardedFor: String?) -> AnnounceOrigin? {
        guard let remote = remote.flatMap({ IPLiteral($0) }) else { return nil }
        let isTrusted = proxies.contains(remote) || Peer(address: "\(remote)", forwardedFor: nil).isLocal
        if isTrusted, let client = forwardedFor?.split(separator: ",").last,
            let literal = IPLiteral(client.filter { $0 != " " })
        {
            return AnnounceOrigin(remote: literal)
        }
        return AnnounceOrigin(remote: remote, local: local.flatMap { IPLiteral($0) })
    }

    // MARK: Answers

    /// Answers in the tracker protocol's own way: refusals too have status 200, for clients read the reason then.
    func respond(to request: Request, _ path: TrackerPath, from origin: AnnounceOrigin) async throws -> Response {
        let target = request.head.path ?? ""
        let query = QueryBytes(target.firstIndex(of: "?").map { target[target.index(after: $0)...] } ?? "")
        do {
            switch (path, request.method) {
            case (.announce, .get), (.announce, .head): return Self.answer(try announce(query, origin))
            case (.scrape, .get), (.scrape, .head): return Self.answer(try scrape(query))
            case (.announce, .post):
                let body = try await request.body.collect(upTo: BatchAnnounce.maximumBody)
                return Self.answer(try batch(Array(body.readableBytesView), origin))
            default: throw HubFailure.methodNotAllowed(path == .announce ? "GET, HEAD, POST" : "GET, HEAD")
            }
        } catch let error as SwarmWireError {
            refusals.add()
            return Self.answer(TrackerFailure(reason: error.message).encoded)
        } catch let failure as TrackerFailure {
            refusals.add()
            return Self.answer(failure.encoded)
        }
    }

    /// A failure of HTTP in the form that a tracker's clients read.
    static func response(to failure: HubFailure) -> Response {
        var response = failure.response
        let seconds = failure.headers[.retryAfter].flatMap { Int($0) }
        let body = TrackerFailure(reason: failure.message, retryAfter: seconds).encoded
        response.headers[.contentType] = contentType
        response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        return response
    }

    private static let contentType = "text/plain"

    private static func answer(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func announce(_ query: QueryBytes, _ origin: AnnounceOrigin) throws -> [UInt8] {
        let request = try AnnounceRequest(query)
        var peer = AnnouncingPeer(id: request.peer, port: request.port, origin: origin)
        peer.key = request.key
        peer.stated = request.stated
        peer.capacity = request.capacity
        let activity: PeerActivity =
            switch request.event {
            case .stopped: .stopped
            case .completed: .completed
            case .started, nil: request.left == 0 ? .seeding : .leeching
            }
        announces.add()
        let answer = registry.announce(
            peer, [(request.swarm, activity)], wanted: request.wanted ?? .max, now: now
        ).first
        switch answer {
        case .granted(let grant)?: return reply(to: request, grant, origin)
        case .refused(let reason)?: throw TrackerFailure(reason: reason, retryAfter: registry.interval)
        case nil: throw TrackerFailure(reason: "the tracker takes no announces")
        }
    }

    private func reply(to request: AnnounceRequest, _ grant: SwarmGrant, _ origin: AnnounceOrigin) -> [UInt8] {
        var reply = AnnounceReply(interval: registry.interval)
        reply.minimumInterval = settings.limits.minimumInterval
        reply.complete = grant.counts.complete
        reply.incomplete = grant.counts.incomplete
        reply.downloads = grant.counts.downloads
        reply.external = origin.remote
        reply.batchSize = settings.limits.swarmsPerBatch
        guard request.isCompact else {
            reply.named = grant.peers.map { peer in
                .init(
                    address: PeerAddress(host: peer.literal.description, port: peer.port),
                    id: request.omitsPeerIDs ? nil : peer.peerID)
            }
            return reply.encoded(asList: true)
        }
        reply.peers = Self.compact(grant.peers)
        return reply.encoded()
    }

    private static func compact(_ peers: [HandedPeer]) -> CompactPeers {
        var compact = CompactPeers()
        for peer in peers {
            if peer.isV4 {
                peer.appendCompact(to: &compact.v4)
            } else {
                peer.appendCompact(to: &compact.v6)
            }
        }
        return compact
    }

    private func scrape(_ query: QueryBytes) throws -> [UInt8] {
        let swarms = try ScrapeReply.swarms(in: query)
        // Who is in which swarm is nobody's business who cannot name it.
        guard !swarms.isEmpty else { throw TrackerFailure(reason: "name the swarms: info_hash is missing") }
        scrapes.add(swarms.count)
        var reply = ScrapeReply()
        reply.minimumInterval = settings.limits.minimumInterval
        for (swarm, counts) in zip(swarms, registry.scrape(swarms)) {
            guard let counts else { continue }
            reply.swarms[swarm] = .init(
                complete: counts.complete, incomplete: counts.incomplete, downloads: counts.downloads)
        }
        return reply.encoded
    }

    private func batch(_ body: [UInt8], _ origin: AnnounceOrigin) throws -> [UInt8] {
        let batch = try BatchAnnounce(decoding: body)
        guard batch.count <= settings.limits.swarmsPerBatch else {
            throw TrackerFailure(reason: "at most \(settings.limits.swarmsPerBatch) swarms fit into a batch")
        }
        var peer = AnnouncingPeer(id: batch.peer, port: batch.port, origin: origin)
        peer.key = batch.key
        peer.stated = batch.stated
        peer.capacity = batch.capacity
        announces.add(batch.count)
        var reply = BatchReply(interval: registry.interval)
        reply.minimumInterval = settings.limits.minimumInterval
        reply.batchSize = settings.limits.swarmsPerBatch
        reply.external = origin.remote
        let groups: [(PeerActivity, [SwarmID])] = [
            (.leeching, batch.leeching), (.seeding, batch.seeding), (.completed, batch.completed),
            (.stopped, batch.stopped),
        ]
        for (activity, swarms) in groups where !swarms.isEmpty {
            let answers = registry.announce(
                peer, swarms.map { ($0, activity) }, wanted: activity == .leeching ? batch.wanted ?? .max : 0, now: now)
            for (swarm, answer) in zip(swarms, answers) {
                switch answer {
                case .refused(let reason):
                    refusals.add()
                    reply.swarms[swarm] = .refused(reason)
                case .granted(let grant) where activity == .leeching:
                    reply.swarms[swarm] = .peers(
                        Self.compact(grant.peers), complete: grant.counts.complete,
                        incomplete: grant.counts.incomplete)
                case .granted: break
                }
            }
        }
        return reply.encoded
    }
}
