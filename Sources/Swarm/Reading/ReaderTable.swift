internal import ChunkStore
internal import NIOCore
internal import SwarmWire
internal import Xet

/// The peers of a file that is read by parts, what each has, how fast it is, and what it was asked for.
struct ReaderTable {
    /// What has become of a request.
    enum Answer: Sendable {
        case came(Range<UInt32>, ByteBuffer, Int)
        /// A peer has answered with something else.
        case wrong(Range<UInt32>, Int)
        case failed(Range<UInt32>)
    }

    struct Request: Sendable {
        var chunks: Range<UInt32>
        var bytes: Int
        var askedAt: ContinuousClock.Instant
        var answer: @Sendable (Answer) -> Void
    }

    /// A request that can be taken back.
    struct Ticket: Sendable, Hashable {
        var link: Int
        var id: PeerRequestID
    }

    private struct Neighbour {
        var member: SwarmFile.Member
        var chunks: ChunkRanges
        /// Bytes per second; nil before anything has come.
        var rate: Double?
        var requests: [PeerRequestID: Request] = [:]
        var lastSign = ContinuousClock.now
        var restsUntil: ContinuousClock.Instant?

        var bytesInFlight: Int { requests.values.reduce(0) { $0 + $1.bytes } }

        func rests(_ now: ContinuousClock.Instant) -> Bool { restsUntil.map { $0 > now } ?? false }
    }

    /// Bytes that a peer is asked for at a time, before it is known how fast it is, and at most.
    private static let runBytes = 128 << 10...1 << 20
    /// Seconds that a run should take.
    private static let runTime = 0.25
    /// Bytes that may be on their way from a peer.
    private static let largestWindow = 3 << 20
    private static let leastRequests = 2
    /// What a peer is thought to send that has sent nothing yet.
    private static let usualRate = 4e6
    /// Silence after which others are asked, in seconds, and how long a silent peer is left alone.
    private static let patience = 3.0
    private static let rest = Duration.seconds(15)
    /// Rests that are waited for.
    private static let moment = Duration.seconds(1)

    private var neighbours: [Int: Neighbour] = [:]
    /// What anybody has.
    private(set) var held = ChunkRanges()

    // MARK: Peers

    mutating func update(_ member: SwarmFile.Member, _ chunks: ChunkRanges) {
        let link = member.link.number
        let before = neighbours[link]?.chunks
        guard before != chunks else { return }
        neighbours[link, default: Neighbour(member: member, chunks: chunks)].chunks = chunks
        if let before, !before.subtracting(chunks).isEmpty {
            countHeld()
        } else {
            held = held.union(chunks)
        }
    }

    private mutating func countHeld() {
        held = neighbours.values.reduce(ChunkRanges()) { $0.union($1.chunks) }
    }

    func member(_ link: Int) -> SwarmFile.Member? { neighbours[link]?.member }

    /// - Returns: what it was asked for.
    mutating func drop(_ link: Int) -> [Request] {
        guard let neighbour = neighbours.removeValue(forKey: link) else { return [] }
        countHeld()
        for id in neighbour.requests.keys { neighbour.member.link.connection.cancel(id) }
        return Array(neighbour.requests.values)
    }

    /// - Returns: what all of them were asked for.
    mutating func clear() -> [Request] { neighbours.keys.flatMap { drop($0) } }

    // MARK: Asking

    /// Whether somebody has a chunk who can be asked now or in a moment.
    func hasHolder(of chunk: UInt32, now: ContinuousClock.Instant) -> Bool {
        neighbours.values.contains { !$0.rests(now + Self.moment) && $0.chunks.contains(chunk) }
    }

    /// Who will bring a chunk soonest, of those who can take a request.
    func choose(for chunk: UInt32, now: ContinuousClock.Instant) -> Int? {
        var best: (link: Int, time: Double)?
        for (link, neighbour) in neighbours
        where !neighbour.rests(now) && Self.hasRoom(neighbour) && neighbour.chunks.contains(chunk) {
            let time =
                Double(neighbour.bytesInFlight) / (neighbour.rate ?? Self.usualRate)
                + neighbour.member.roundTrip
            if (time, link) < best.map({ ($0.time, $0.link) }) ?? (.infinity, .max) { best = (link, time) }
        }
        return best?.link
    }

    private static func hasRoom(_ neighbour: Neighbour) -> Bool {
        if neighbour.requests.count < leastRequests { return true }
        guard let rate = neighbour.rate else { return false }
        let window = rate * (neighbour.member.roundTrip + runTime)
        return Double(neighbour.bytesInFlight) < min(window, Double(largestWindow))
    }

    /// As many chunks, from the first one on, as a peer has and should be asked for at a time.
    func run(
        of chunks: Range<UInt32>, from link: Int, in manifest: ManifestFile
    ) -> (chunks: Range<UInt32>, bytes: Int)? {
        guard let neighbour = neighbours[link], let there = neighbour.chunks.first(within: chunks),
            there.lowerBound == chunks.lowerBound
        else { return nil }
        let wanted = neighbour.rate.map { Int($0 * Self.runTime) } ?? Self.runBytes.lowerBound
        let most = min(max(wanted, Self.runBytes.lowerBound), Self.runBytes.upperBound)
        var (end, bytes) = (there.lowerBound, 0)
        while end < there.upperBound {
            let next = Int(manifest[Int(end)].length)
            guard end == there.lowerBound || bytes + next <= most else { break }
            bytes += next
            end += 1
        }
        return (there.lowerBound..<end, bytes)
    }

    mutating func ask(
        _ link: Int, for chunks: Range<UInt32>, _ bytes: Int, _ answer: @escaping @Sendable (Answer) -> Void
    ) -> Ticket? {
        guard let member = neighbours[link]?.member else { return nil }
        let id = member.link.request(chunks, of: member.tag)
        if neighbours[link]?.requests.isEmpty == true { neighbours[link]?.lastSign = .now }
        neighbours[link]?.requests[id] = Request(chunks: chunks, bytes: bytes, askedAt: .now, answer: answer)
        return Ticket(link: link, id: id)
    }

    mutating func cancel(_ ticket: Ticket) {
        guard let neighbour = neighbours[ticket.link], neighbour.requests[ticket.id] != nil else { return }
        neighbours[ticket.link]?.requests[ticket.id] = nil
        neighbour.member.link.connection.cancel(ticket.id)
    }

    // MARK: Answers

    /// - Returns: what was asked for; nil when nobody waits for it any more.
    mutating func arrived(_ id: PeerRequestID, from link: Int, _ bytes: Int) -> Request? {
        guard var neighbour = neighbours[link] else { return nil }
        defer { neighbours[link] = neighbour }
        let now = ContinuousClock.now
        guard let request = neighbour.requests.removeValue(forKey: id) else {
            neighbour.lastSign = now
            return nil
        }
        let seconds = max(0.0005, (now - max(neighbour.lastSign, request.askedAt)) / .seconds(1))
        let rate = Double(bytes) / seconds
        neighbour.rate = neighbour.rate.map { 0.7 * $0 + 0.3 * rate } ?? rate
        neighbour.lastSign = now
        return request
    }

    mutating func rejected(
        _ id: PeerRequestID, by link: Int, _ reason: SwarmMessage.RejectReason, _ retryAfter: Duration
    ) -> Request? {
        guard let request = neighbours[link]?.requests.removeValue(forKey: id) else { return nil }
        neighbours[link]?.lastSign = .now
        switch reason {
        case .cancelled: break
        case .busy, .tooMany:
            neighbours[link]?.restsUntil = .now + min(max(retryAfter, .milliseconds(100)), Self.rest)
        default:
            // It has told of chunks that it does not give.
            neighbours[link]?.chunks.remove(request.chunks)
            countHeld()
        }
        return request
    }

    /// Has those rest that leave requests without an answer.
    /// - Returns: where they are, and what they were asked for.
    mutating func takeSilent(now: ContinuousClock.Instant) -> (addresses: [String], requests: [Request]) {
        var (addresses, requests) = ([String](), [Request]())
        for (link, neighbour) in neighbours {
            guard let bytes = neighbour.requests.values.map(\.bytes).max() else { continue }
            let usual = neighbour.rate.map { 2 * Double(bytes) / $0 } ?? 0
            let silence = (now - neighbour.lastSign) / .seconds(1)
            guard silence > max(Self.patience, usual) + neighbour.member.roundTrip else { continue }
            for id in neighbour.requests.keys { neighbour.member.link.connection.cancel(id) }
            addresses.append(neighbour.member.link.connection.address.description)
            requests += neighbour.requests.values
            neighbours[link]?.requests = [:]
            neighbours[link]?.restsUntil = now + Self.rest
        }
        return (addresses, requests)
    }
}
