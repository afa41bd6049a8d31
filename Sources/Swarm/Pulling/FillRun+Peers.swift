internal import ChunkStore
internal import Logging
internal import NIOCore
internal import SwarmWire
internal import Transfer

extension FillRun {
    /// Takes a peer that has something to do with the file into the plan, or what has changed about it.
    func update(_ member: SwarmFile.Member) {
        guard !member.link.knowsXorbsAlone else { return meetXorbPeer(member) }
        guard let availability = member.availability, availability.chunkCount == layout.firstChunks[layout.count],
            availability.size == layout.size
        else { return }
        let link = member.link.number
        let peer: Int
        if let known = neighbours.numbers[link] {
            peer = known
        } else {
            let isSeed = availability.chunks == ChunkRanges(0..<availability.chunkCount)
            if let former = neighbours.former.removeValue(forKey: link) {
                peer = former
                planner.rejoin(peer, isSeed: isSeed, now: now)
            } else {
                peer = planner.join(roundTrip: member.roundTrip, isSeed: isSeed, now: now)
            }
            neighbours.numbers[link] = peer
            neighbours.neighbours[peer] = .init(member: member)
        }
        planner.swarmSize = max(planner.swarmSize, planner.peerCount + 1, file.announced.population)
        let before = neighbours.neighbours[peer]?.chunks ?? ChunkRanges()
        let chunks = availability.chunks
        neighbours.neighbours[peer]?.member = member
        neighbours.neighbours[peer]?.chunks = chunks
        var fresh = chunks.subtracting(before)
        if !before.subtracting(chunks).isEmpty {
            planner.lost(peer)
            fresh = chunks
        }
        for range in fresh.ranges {
            for piece in layout.pieces(touching: range) where chunks.contains(layout.chunks(of: piece..<piece + 1)) {
                if finder == nil || isKnown(piece) {
                    planner.has(peer, piece..<piece + 1, now: now)
                } else if finder?.found(piece, at: member.link.number, in: layout) == true {
                    // It can be asked for once it is known what it should be.
                    planner.expects(peer, piece..<piece + 1, now: now)
                }
            }
        }
        findChunks()
    }

    func heard(_ event: PeerEvent, from member: SwarmFile.Member) {
        switch event {
        case .available, .have:
            update(member)
        case .coming(_, let chunks, let isHearsay):
            guard let peer = neighbours.numbers[member.link.number] else { return }
            for range in chunks.ranges {
                let pieces = layout.pieces(within: range.clamped(to: 0..<layout.firstChunks[layout.count]))
                if isHearsay {
                    planner.hears(peer, pieces, now: now)
                } else {
                    planner.expects(peer, pieces, now: now)
                }
            }
        case .absent, .closed:
            takeManifest(event, from: member)
            leave(member.link.number)
            if case .closed = event { neighbours.former[member.link.number] = nil }
        case .run(let id, _, let chunks, let bytes):
            arrived(id, chunks, bytes, from: member.link.number)
        case .rejected(let id, let reason, let retryAfter):
            takeManifest(event, from: member)
            rejected(id, reason, retryAfter, by: member.link.number)
        case .leaves(let id, _, let xorb, let records):
            leavesCame(id, xorb, records, from: member.link.number)
        case .manifestPart:
            takeManifest(event, from: member)
        case .xorb(let id, _, let first, let frames):
            arrived(id, first: first, frames, from: member.link.number)
        case .arriving(let bytes):
            isArriving(bytes, from: member.link.number)
        case .peers:
            break
        }
    }

    private func leave(_ link: Int) {
        finder?.lost(link)
        xorbs.waiting[link] = nil
        guard let peer = neighbours.numbers.removeValue(forKey: link),
            let neighbour = neighbours.neighbours.removeValue(forKey: peer)
        else { return }
        for request in neighbour.requests.values { pull.release(request.bytes) }
        planner.leave(peer, now: now)
        neighbours.former[link] = peer
    }

    func drop(_ peer: Int, isLiar: Bool) {
        guard let neighbour = neighbours.neighbours.removeValue(forKey: peer) else { return }
        let link = neighbour.member.link
        neighbours.numbers[link.number] = nil
        finder?.lost(link.number)
        for (id, request) in neighbour.requests {
            link.connection.cancel(id)
            pull.release(request.bytes)
        }
        file.peers.logger.info(
            isLiar ? "a peer has sent wrong bytes" : "a peer is silent",
            metadata: ["peer": "\(link.connection.address)", "file": "\(pull.request.name)"])
        if isLiar { file.peers.node.bans.ban(link.connection) } else { link.unwant(neighbour.member.tag) }
        file.giveUp(on: link.number)
    }

    func ask(_ peer: Int, for run: PlannedRun) {
        if let unit = run.unit { return ask(peer, for: run, unit: unit) }
        guard let neighbour = neighbours.neighbours[peer] else { return planner.failed(run.id, .broken, now: now) }
        guard pull.reserve(run.bytes) else { return planner.failed(run.id, .deferred, now: now) }
        guard pull.mayAsk(for: run.bytes) else {
            pull.release(run.bytes)
            return planner.failed(run.id, .deferred, now: now)
        }
        let chunks = layout.chunks(of: run.pieces)
        let id = neighbour.member.link.request(chunks, of: neighbour.member.tag)
        neighbours.neighbours[peer]?.requests[id] = (run.id, chunks, run.bytes)
    }

    private func arrived(_ id: PeerRequestID, _ chunks: Range<UInt32>, _ bytes: ByteBuffer, from link: Int) {
        guard let peer = neighbours.numbers[link],
            let request = neighbours.neighbours[peer]?.requests.removeValue(forKey: id)
        else { return }
        let count = bytes.readableBytes
        pull.travelled(count)
        let (pull, post, run) = (pull, post, request.run)
        guard request.chunks == chunks else {
            pull.release(request.bytes)
            return planner.failed(run, .corrupt, now: now)
        }
        // What came in the meantime from elsewhere is not hashed again.
        let place = layout.pieces(touching: chunks)
        guard !place.allSatisfy({ layout.isHere($0, in: pull) }) else {
            pull.release(request.bytes)
            return planner.completed(run, now: now)
        }
        let job = Job(reserved: request.bytes) {
            let right: Result<Int, any Error>
            do {
                right = .success(
                    try await pull.store(bytes, chunks: Int(chunks.lowerBound)..<Int(chunks.upperBound)))
            } catch {
                right = .failure(error)
            }
            pull.release(request.bytes)
            post.yield(.stored(run: run, link: link, chunks: chunks, right: right))
        }
        jobs.append(job)
    }

    func stored(_ run: Int, _ link: Int, _ chunks: Range<UInt32>, _ right: Result<Int, any Error>) {
        switch right {
        case .success(let count) where count == chunks.count:
            let pieces = layout.pieces(touching: chunks)
            planner.completed(run, now: now)
            planner.gain(pieces, now)
            gained(pieces)
        case .success:
            guard planner.run(run) != nil else {
                // Nobody waited for it any more, but a lie is a lie.
                if let peer = neighbours.numbers[link] {
                    planner.leave(peer, now: now)
                    drop(peer, isLiar: true)
                }
                return
            }
            planner.failed(run, .corrupt, now: now)
        case .failure(let error):
            planner.failed(run, .broken, now: now)
            if !(error is CancellationError) { failure = error }
        }
    }

    private func rejected(
        _ id: PeerRequestID, _ reason: SwarmMessage.RejectReason, _ retryAfter: Duration, by link: Int
    ) {
        // Who is only busy may answer yet, or is given up for silent.
        if reason != .busy, reason != .tooMany, finder?.refused(id, by: link) == true,
            let peer = neighbours.numbers[link]
        {
            planner.retract(peer)
        }
        guard let peer = neighbours.numbers[link],
            let request = neighbours.neighbours[peer]?.requests.removeValue(forKey: id)
        else { return }
        neighbours.neighbours[peer]?.units[id] = nil
        pull.release(request.bytes)
        let failure: RunFailure =
            switch reason {
            case .busy, .tooMany: .refused(retryAfter: retryAfter / .seconds(1))
            case .gone: .gone
            case .cancelled: .cancelled
            default: .broken
            }
        planner.failed(request.run, failure, now: now)
    }
}
