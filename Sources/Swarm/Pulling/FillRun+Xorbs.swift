internal import Logging
internal import NIOCore
internal import SwarmWire
internal import Transfer

/// Peers of zest's kind: they know xorbs and no files, and say what they have only when they are asked for it.
extension FillRun {
    /// Memory that is set aside for an answer: little before the peer has sent anything, and never all that there is.
    private static let strangersMemory = 1 << 20
    private static let mostMemory = 8 << 20

    /// Takes such a peer into the plan, as soon as it is known where in xorbs the file lies.
    func meetXorbPeer(_ member: SwarmFile.Member) {
        let link = member.link.number
        // What they send can be checked only where all chunks are known.
        guard neighbours.numbers[link] == nil, finder == nil else { return }
        guard xorbs.isKnown else {
            xorbs.waiting[link] = member
            return locate()
        }
        let peer = planner.join(roundTrip: member.roundTrip, now: now)
        neighbours.numbers[link] = peer
        neighbours.neighbours[peer] = .init(member: member)
        planner.offersUnits(peer, now: now)
    }

    func locate() {
        guard !xorbs.isAsked else { return }
        xorbs.isAsked = true
        let (pull, post) = (pull, post)
        jobs.append(
            Job {
                do {
                    var (places, position) = ([XorbPlace](), UInt64(0))
                    while position < pull.request.size {
                        let (more, end) = try await pull.xorbPlaces(from: position)
                        places += more
                        position = end
                    }
                    post.yield(.located(.success(places)))
                } catch {
                    post.yield(.located(.failure(error)))
                }
            })
    }

    func located(_ result: Result<[XorbPlace], any Error>) {
        switch result {
        case .success(let places):
            xorbs.fill(places)
            planner.units = xorbs.units(layout)
            for number in places.indices where pull.contains(places[number].bytes) {
                planner.units?.units[number].isDone = true
            }
            let waiting = xorbs.waiting.values
            xorbs.waiting = [:]
            for member in waiting { meetXorbPeer(member) }
        case .failure(let error):
            file.peers.logger.info(
                "peers that know xorbs alone are left out",
                metadata: ["file": "\(pull.request.name)", "reason": "\(error)"])
            // Where they are the only hope, that is the reason for failing.
            if file.peers.isExclusive, planner.peerCount == 0, !xorbs.waiting.isEmpty { failure = error }
        }
    }

    func ask(_ peer: Int, for run: PlannedRun, unit: Int) {
        guard let neighbour = neighbours.neighbours[peer] else { return planner.failed(run.id, .broken, now: now) }
        let most = planner.rate(of: peer) == nil ? Self.strangersMemory : Self.mostMemory
        let memory = min(run.bytes, most)
        guard pull.reserve(memory) else { return planner.failed(run.id, .deferred, now: now) }
        guard pull.mayAsk(for: run.bytes) else {
            pull.release(memory)
            return planner.failed(run.id, .deferred, now: now)
        }
        // A peer that has only a part of the xorb finds it by where the hub's offer begins (p2p.md §1.7).
        let place = xorbs.places[unit]
        let member = neighbour.member
        let id = member.link.request(place.offered, of: place.xorb, for: member.tag)
        neighbours.neighbours[peer]?.requests[id] = (run.id, place.offered, memory)
        neighbours.neighbours[peer]?.units[id] = unit
    }

    /// Bytes come, and cannot be checked before the rest has come.
    func isArriving(_ bytes: Int, from link: Int) {
        guard let peer = neighbours.numbers[link],
            // It answers in order.
            let first = neighbours.neighbours[peer]?.requests.min(by: { $0.key.number < $1.key.number })
        else { return }
        planner.received(bytes, of: first.value.run, now: now)
        // Also where it is an answer that nobody waits for any more: the next one comes behind it.
        planner.isAlive(peer, now: now)
        lastGain = .now
    }

    func arrived(_ id: PeerRequestID, first: UInt32, _ frames: ByteBuffer, from link: Int) {
        guard let peer = neighbours.numbers[link],
            let request = neighbours.neighbours[peer]?.requests.removeValue(forKey: id),
            let unit = neighbours.neighbours[peer]?.units.removeValue(forKey: id)
        else { return }
        let (pull, post) = (pull, post)
        pull.travelled(frames.readableBytes)
        let answer = XorbAnswer(run: request.run, place: unit, link: link)
        // What came in the meantime from elsewhere is not unpacked again.
        let missing = xorbs.neighbours(of: unit).map { xorbs.places[$0] }.filter { !pull.contains($0.bytes) }
        guard !missing.isEmpty else {
            pull.release(request.bytes)
            return unpacked(answer, .success(true))
        }
        // It begins where it was asked to, or is all of the xorb.
        guard first == 0 || first == request.chunks.lowerBound else {
            pull.release(request.bytes)
            return unpacked(answer, .success(false))
        }
        jobs.append(
            Job(reserved: request.bytes) {
                let right: Result<Bool, any Error>
                do {
                    right = .success(try await pull.store(frames, first: first, at: missing))
                } catch {
                    right = .failure(error)
                }
                pull.release(request.bytes)
                post.yield(.unpacked(answer, right: right))
            })
    }

    func unpacked(_ answer: XorbAnswer, _ right: Result<Bool, any Error>) {
        if case .success(true) = right { planner.received(.max, of: answer.run, now: now) }
        // What stands before the damage is right all the same.
        for number in xorbs.neighbours(of: answer.place) { noteGain(ofUnit: number) }
        switch right {
        case .success(true):
            let isWhole = planner.units?.units[answer.place].isDone == true
            planner.unitCame(answer.run, isWhole: isWhole, now: now)
        case .success(false):
            guard planner.run(answer.run) == nil else { return planner.failed(answer.run, .corrupt, now: now) }
            // Nobody waited for it any more, but a lie is a lie.
            if let peer = neighbours.numbers[answer.link] {
                planner.leave(peer, now: now)
                drop(peer, isLiar: true)
            }
        case .failure(let error):
            planner.failed(answer.run, .broken, now: now)
            if !(error is CancellationError) { failure = error }
        }
    }

    private func noteGain(ofUnit number: Int) {
        guard let unit = planner.units?.units[number], !unit.isDone else { return }
        if pull.contains(xorbs.places[number].bytes) { planner.units?.units[number].isDone = true }
        for piece in unit.pieces where !planner.have.contains(piece) {
            guard pull.contains(layout.bytes(of: piece..<piece + 1)) else { continue }
            planner.gain(piece..<piece + 1, now)
            gained(piece..<piece + 1)
        }
    }
}
