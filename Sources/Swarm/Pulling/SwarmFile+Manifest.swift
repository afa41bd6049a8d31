internal import Logging
internal import NIOCore
internal import SwarmWire
internal import Transfer

extension SwarmFile {
    package func manifest(
        longest: Int, orCompany: Bool, orSearch: Bool, accept: @escaping @Sendable (ByteBuffer) async throws -> Bool
    ) async throws -> Bool {
        let (events, continuation) = AsyncStream.makeStream(of: ManifestEvent.self)
        let known = open { continuation.yield(.file($0)) }
        defer { closeInbox() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Looks around from time to time, also when nobody says anything.
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(200))
                    continuation.yield(.tick)
                }
            }
            defer { group.cancelAll() }
            var hunt = ManifestHunt(file: self, longest: longest)
            hunt.mayYield = orSearch && canSearchXorbs
            return try await hunt.run(known, events, orCompany: orCompany, accept)
        }
    }
}

private enum ManifestEvent: Sendable {
    case file(SwarmFile.Event)
    case tick
}

/// Asks one peer after the other for all parts of a file's manifest.
struct ManifestHunt {
    struct Attempt {
        var member: SwarmFile.Member
        var request: PeerRequestID
        var total: Int?
        var bytes = ByteBuffer()
        var lastSign = ContinuousClock.now
    }

    private let file: SwarmFile
    private let longest: Int
    /// Whether it ends, where peers are the only source, before others are looked for who know no manifests.
    var mayYield = false
    private(set) var attempt: Attempt?
    /// Peers that had it, and did not give it or gave something else.
    private var useless: Set<Int> = []

    /// Silence after which another peer is asked.
    private static let patience = Duration.seconds(2)

    init(file: SwarmFile, longest: Int) {
        self.file = file
        self.longest = longest
    }

    /// - Returns: whether a manifest was accepted; else there is nobody to get one from, but somebody to get bytes from,
    ///   or who may be found, or company, where that is enough.
    fileprivate func run(
        _ known: [SwarmFile.Member], _ events: AsyncStream<ManifestEvent>, orCompany: Bool,
        _ accept: (ByteBuffer) async throws -> Bool
    ) async throws -> Bool {
        var hunt = self
        var members = Dictionary(known.map { ($0.link.number, $0) }) { $1 }
        let start = ContinuousClock.now
        hunt.begin(with: members)
        for await event in events {
            switch event {
            case .file(.said(let member, let said, _)):
                if case .closed = said {
                    members[member.link.number] = nil
                } else {
                    members[member.link.number] = member
                }
                if let complete = hunt.take(said, from: member) {
                    if try await accept(complete) { return true }
                    file.peers.logger.info(
                        "a peer has sent a manifest that does not prove itself",
                        metadata: ["peer": "\(member.link.connection.address)"])
                    file.peers.node.bans.ban(member.link.connection)
                    hunt.giveUp()
                }
            case .file(.met(let member)):
                members[member.link.number] = member
            case .file(.lessHope), .tick:
                hunt.checkSilence()
            }
            if hunt.attempt == nil { hunt.begin(with: members) }
            if orCompany, hunt.attempt == nil, members.values.contains(where: \.isWithoutManifest) { return false }
            let waited = start.duration(to: .now)
            let xorbPeers = file.xorbPeers
            if hunt.attempt == nil, file.peers.isExclusive, xorbPeers.areHere,
                xorbPeers.areAlone || waited > Self.patience
            {
                return false
            }
            if hunt.attempt == nil, hunt.mayYield, file.peers.isExclusive, waited > Self.patience { return false }
            if hunt.attempt == nil, file.isHopeless || waited > file.peers.settings.patience,
                file.peers.isExclusive
            {
                throw file.nobody
            }
        }
        throw CancellationError()
    }

    /// Gives up a peer that is silent.
    mutating func checkSilence() {
        if let attempt, attempt.lastSign.duration(to: .now) > Self.patience { giveUp() }
    }

    mutating func giveUp() {
        if let attempt { useless.insert(attempt.member.link.number) }
        attempt = nil
    }

    /// Asks somebody who has it, if there is anybody.
    mutating func begin(with members: [Int: SwarmFile.Member]) {
        let candidates = members.values.filter {
            $0.availability?.hasManifest == true && !useless.contains($0.link.number)
        }
        guard let member = candidates.min(by: { ($0.roundTrip, $0.link.number) < ($1.roundTrip, $1.link.number) })
        else {
            return
        }
        attempt = Attempt(member: member, request: member.link.requestManifest(member.tag, offset: 0))
    }

    /// - Returns: the whole manifest, when the last part of it has come.
    mutating func take(_ event: PeerEvent, from member: SwarmFile.Member) -> ByteBuffer? {
        guard var current = attempt, current.member.link.number == member.link.number else { return nil }
        switch event {
        case .manifestPart(let id, _, let offset, let total, var part):
            guard id == current.request else { return nil }
            guard total <= UInt64(longest), current.total.map({ $0 == Int(total) }) ?? true,
                offset == UInt64(current.bytes.readableBytes), part.readableBytes > 0,
                current.bytes.readableBytes + part.readableBytes <= Int(total)
            else {
                giveUp()
                return nil
            }
            current.total = Int(total)
            current.bytes.writeBuffer(&part)
            current.lastSign = .now
            let got = current.bytes.readableBytes
            if got == Int(total) {
                attempt = current
                return current.bytes
            }
            current.request = member.link.requestManifest(member.tag, offset: UInt64(got))
            attempt = current
        case .rejected(let id, _, _):
            if id == current.request { giveUp() }
        case .absent, .closed:
            giveUp()
        default:
            break
        }
        return nil
    }
}

extension SwarmFile.Member {
    /// Whether it has answered, and has no manifest.
    fileprivate var isWithoutManifest: Bool { isAbsent || availability?.hasManifest == false }
}
