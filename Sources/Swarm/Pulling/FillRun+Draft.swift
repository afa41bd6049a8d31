internal import ChunkStore
internal import NIOCore
internal import SwarmWire
internal import Transfer
internal import Xet

/// Files that nobody has a manifest of: what their chunks are comes to light xorb by xorb.
extension FillRun {
    /// Whether it is known what the chunks of a piece are.
    func isKnown(_ piece: Int) -> Bool {
        guard let draft = pull.chunks.draft else { return true }
        return draft.isKnown(xorb: draft.place(of: Int(layout.firstChunks[piece])).xorb)
    }

    /// Asks peers for what is not known.
    func findChunks() {
        guard var finder else { return }
        finder.hunt.checkSilence()
        if finder.hunt.attempt == nil, !finder.draft.isProven {
            let members = neighbours.neighbours.values.map { ($0.member.link.number, $0.member) }
            finder.hunt.begin(with: Dictionary(members) { $1 })
        }
        let hopeless = finder.ask(now) { link in
            member(at: link)?.link.receivedBytes ?? 0
        } _: { link, xorb in
            // Who has the manifest has no such lists, and is asked for all of it.
            guard let member = member(at: link), member.availability?.hasManifest == false else { return nil }
            return member.link.requestLeaves(of: xorb, member.tag)
        }
        self.finder = finder
        for link in hopeless { if let peer = neighbours.numbers[link] { planner.retract(peer) } }
        // Until then they need not be fetched by everybody.
        for (xorb, link) in finder.awaited {
            guard let peer = neighbours.numbers[link] else { continue }
            for place in finder.draft.xorbs[xorb].places { planner.expects(peer, pieces(of: place), now: now) }
        }
    }

    private func member(at link: Int) -> SwarmFile.Member? {
        neighbours.numbers[link].flatMap { neighbours.neighbours[$0]?.member }
    }

    private func pieces(of place: ManifestDraft.Place) -> Range<Int> {
        layout.pieces(touching: UInt32(place.chunks.lowerBound)..<UInt32(place.chunks.upperBound))
    }

    func leavesCame(_ id: PeerRequestID, _ xorb: XorbHash, _ records: ByteBuffer, from link: Int) {
        guard finder?.answered(id, xorb, by: link) == true, let draft = pull.chunks.draft else { return }
        let leaves = records.withUnsafeReadableBytes { bytes -> [Chunk]? in
            guard let base = bytes.baseAddress else { return nil }
            var chunks: [Chunk] = []
            chunks.reserveCapacity(bytes.count / ManifestWire.recordSize)
            for start in stride(from: 0, to: bytes.count, by: ManifestWire.recordSize) {
                guard let chunk = try? ManifestWire.load(from: base + start) else { return nil }
                chunks.append(chunk)
            }
            return chunks
        }
        if let leaves, draft.learn(leaves, of: xorb) {
            noteDraft()
        } else if let peer = neighbours.numbers[link] {
            planner.leave(peer, now: now)
            drop(peer, isLiar: true)
        }
    }

    func takeManifest(_ event: PeerEvent, from member: SwarmFile.Member) {
        guard let manifest = finder?.hunt.take(event, from: member) else { return }
        let (pull, post, link) = (pull, post, member.link.number)
        jobs.append(
            Job {
                let isRight = (try? await pull.learn(manifest: manifest)) ?? true
                post.yield(.manifest(link: link, isRight: isRight))
            })
    }

    func manifestCame(from link: Int, isRight: Bool) {
        // Whether it is of use shows by what is known now; it is not asked for twice.
        finder?.hunt.giveUp()
        noteDraft()
        guard !isRight, let peer = neighbours.numbers[link] else { return }
        planner.leave(peer, now: now)
        drop(peer, isLiar: true)
    }

    /// Takes into the plan what has become known.
    func noteDraft() {
        guard let draft = pull.chunks.draft else { return }
        for xorb in draft.takeNews() {
            finder?.settle(xorb)
            for place in draft.xorbs[xorb].places { settle(place, draft) }
        }
    }

    private func settle(_ place: ManifestDraft.Place, _ draft: ManifestDraft) {
        let pieces = pieces(of: place)
        planner.settle(pieces) { draft.offset(of: Int($0)) ?? place.bytes.lowerBound }
        var here: [Range<Int>] = []
        for piece in pieces {
            let run = piece..<piece + 1
            if layout.isHere(piece, in: pull) {
                planner.gain(run, now)
                here.append(run)
            } else if planner.have.contains(piece) {
                planner.forfeit(run)
            }
            let chunks = layout.chunks(of: run)
            for (peer, neighbour) in neighbours.neighbours where neighbour.chunks.contains(chunks) {
                planner.has(peer, run, now: now)
            }
        }
        if !here.isEmpty { lastGain = .now }
        tellSeed(of: here)
    }
}
