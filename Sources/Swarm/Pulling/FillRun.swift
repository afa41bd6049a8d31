internal import ChunkStore
internal import Logging
internal import NIOCore
internal import SwarmWire
internal import Transfer
internal import Xet

/// Drives a planner with what really happens: fills one file from its peers and from the CAS.
///
/// All of its state belongs to the one task that runs ``run()``; what takes time runs in child tasks, which report back
/// as events.
final class FillRun {
    enum Event: Sendable {
        case file(SwarmFile.Event)
        /// So many chunks of a run that a peer has sent are right.
        case stored(run: Int, link: Int, chunks: Range<UInt32>, right: Result<Int, any Error>)
        case originEnded(run: Int, (any Error)?)
        /// A peer has sent what it says is the manifest.
        case manifest(link: Int, isRight: Bool)
        /// Where in xorbs the file lies.
        case located(Result<[XorbPlace], any Error>)
        /// What a peer has sent of a xorb was right, or not.
        case unpacked(XorbAnswer, right: Result<Bool, any Error>)
        /// Xorbs were looked for at trackers, or too many others were looking.
        case searched(Bool)
        case tick
    }

    /// Something that takes time.
    struct Job: Sendable {
        /// Memory that it gives back at its end; whoever does not begin it gives it back.
        var reserved = 0
        var run: @Sendable () async -> Void
    }

    let file: SwarmFile
    let pull: SharedPull
    let seed: RunningSeed
    var planner: SwarmPlanner
    var layout: PieceLayout { planner.layout }
    /// Finds out what the chunks are, where no manifest tells.
    var finder: ChunkFinder?
    let post: AsyncStream<Event>.Continuation
    private let events: AsyncStream<Event>
    /// What is to be begun beside this.
    var jobs: [Job] = []
    var neighbours = NeighbourTable()
    var xorbs = XorbBook()
    var search: XorbSearch
    /// What the CAS was asked for, and what ends it.
    var originRuns: [Int: (pieces: Range<Int>, stop: AsyncStream<Never>.Continuation)] = [:]
    var originFailure: (any Error)?
    var failure: (any Error)?
    private let start = ContinuousClock.now
    /// Since when everything is here, and how much others have taken since.
    private var farewell: (start: ContinuousClock.Instant, sent: Int, at: ContinuousClock.Instant)?
    var lastGain = ContinuousClock.now

    init(of file: SwarmFile, _ pull: SharedPull, seed: RunningSeed) {
        self.file = file
        self.pull = pull
        self.seed = seed
        // Where peers are the only source, it was waited for others before.
        search = XorbSearch(due: file.peers.isExclusive ? 0 : XorbSearch.headStart)
        let layout = PieceLayout(of: pull)
        var have = PieceSet(capacity: layout.count)
        for piece in 0..<layout.count where layout.isHere(piece, in: pull) { have.insert(piece) }
        var settings = file.peers.settings.planner
        if let draft = pull.chunks.draft {
            settings = settings.forWholes
            finder = ChunkFinder(draft, hunt: ManifestHunt(file: file, longest: pull.longestManifest))
        }
        settings.usesOrigin = !file.peers.isExclusive
        settings.budget = min(settings.budget, pull.memoryBudget / 2)
        planner = SwarmPlanner(layout: layout, have: have, settings: settings, seed: .random(in: 0...(.max)))
        (events, post) = AsyncStream.makeStream(of: Event.self)
    }

    var now: Double { start.duration(to: .now) / .seconds(1) }

    /// Returns when nothing is missing, or nobody is left who could bring more.
    func run() async throws {
        tellSeed(of: planner.have.ranges)
        noteDraft()
        let post = post
        let members = file.open { post.yield(.file($0)) }
        defer {
            file.closeInbox()
            neighbours.releaseAll(of: pull)
            for job in jobs { pull.release(job.reserved) }
        }
        for member in members { update(member) }
        try await withThrowingDiscardingTaskGroup { group in
            defer {
                for run in originRuns.values { run.stop.finish() }
                group.cancelAll()
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(100))
                    post.yield(.tick)
                }
            }
            step()
            begin(in: &group)
            for await event in events {
                try Task.checkCancellation()
                handle(event)
                if planner.isComplete, !isNeeded() { break }
                if let failure { throw failure }
                if file.peers.isExclusive { try checkHope() }
                step()
                begin(in: &group)
            }
            try Task.checkCancellation()
        }
    }

    private func begin(in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        for job in jobs { group.addTask(operation: job.run) }
        jobs = []
    }

    // MARK: What happens

    private func handle(_ event: Event) {
        switch event {
        case .tick:
            planner.swarmSize = max(planner.swarmSize, file.announced.population)
            noteOrigin()
            findChunks()
            searchXorbs()
        case .file(.lessHope):
            break
        case .file(.said(let member, let said, _)):
            heard(said, from: member)
        case .file(.met(let member)):
            update(member)
        case .located(let places):
            located(places)
        case .unpacked(let answer, let right):
            unpacked(answer, right)
        case .searched(let isDone):
            search.ended(isDone, now)
        case .stored(let run, let link, let chunks, let right):
            stored(run, link, chunks, right)
        case .originEnded(let run, let error):
            originEnded(run, error)
        case .manifest(let link, let isRight):
            manifestCame(from: link, isRight: isRight)
        }
    }

    /// Notes which pieces the CAS has brought.
    private func noteOrigin() {
        for (id, run) in originRuns {
            for piece in run.pieces where !planner.have.contains(piece) {
                guard layout.isHere(piece, in: pull) else { continue }
                planner.progressed(id, pieces: piece..<piece + 1, now: now)
                gained(piece..<piece + 1)
            }
        }
        noteDraft()
    }

    private func originEnded(_ id: Int, _ error: (any Error)?) {
        noteOrigin()
        originRuns[id] = nil
        guard let run = planner.run(id) else { return }
        if let error {
            originFailure = error
            planner.failed(id, .broken, now: now)
            // Where peers may have the rest, they are asked for it; a disk that is full stays full.
            if error is StorageError || planner.peerCount == 0 { failure = error }
        } else {
            planner.completed(id, now: now)
            gained(run.pieces)
        }
    }

    func gained(_ pieces: Range<Int>) {
        lastGain = .now
        tellSeed(of: [pieces])
    }

    /// Offers pieces to others, as far as it is certain what they are.
    func tellSeed(of pieces: [Range<Int>]) {
        var certain = pieces
        if let draft = pull.chunks.draft {
            certain = pieces.flatMap { run in
                run.filter { piece in
                    let chunks = layout.chunks(of: piece..<piece + 1)
                    return draft.isVerified(Int(chunks.lowerBound)..<Int(chunks.upperBound))
                }.map { $0..<$0 + 1 }
            }
        }
        if !certain.isEmpty { seed.gained(ChunkRanges(certain.map { layout.chunks(of: $0) })) }
    }

    /// Whether others are taking what only this node has. Where only whole xorbs can be given on, it may have got the last
    /// ones this very moment, and would take them with it.
    private func isNeeded() -> Bool {
        guard pull.chunks.draft != nil, planner.peerCount > 0, planner.isSoleSource else { return false }
        let sent = file.peers.node.sentBytes
        guard let before = farewell else {
            farewell = (.now, sent, .now)
            return true
        }
        if sent > before.sent { farewell = (before.start, sent, .now) }
        return (farewell?.at ?? before.at).duration(to: .now) < .seconds(2)
            && before.start.duration(to: .now) < .seconds(20)
    }

    /// Where peers are the only source: gives up when nobody can be hoped for.
    private func checkHope() throws {
        let waited = lastGain.duration(to: .now)
        if file.isHopeless || waited > file.peers.settings.patience {
            guard planner.have.isEmpty else {
                throw TransferError(
                    code: .noPeers,
                    message: "the peers of \(pull.request.name) have only a part of it: "
                        + "\(planner.have.count) of \(layout.count) pieces came",
                    hint: "wait for a peer that has all of it, or leave out --p2p-only")
            }
            throw file.nobody
        }
    }

    // MARK: What to do

    private func step() {
        planner.head = pull.wantedFrom.map { layout.piece(at: $0) }
        for action in planner.plan(now) {
            switch action {
            case .ask(let run):
                if case .peer(let peer) = run.source { ask(peer, for: run) } else { askOrigin(for: run) }
            case .cancel(let run):
                if case .peer(let peer) = run.source {
                    neighbours.cancel(run.id, of: peer)
                } else {
                    // It stays in the books until it has ended: what it still brings counts.
                    originRuns[run.id]?.stop.finish()
                }
            case .drop(let peer, let isLiar):
                drop(peer, isLiar: isLiar)
            case .expect(let pieces):
                seed.expects(ChunkRanges(pieces.map { layout.chunks(of: $0) }))
            case .rumour(let pieces):
                seed.expects(ChunkRanges(pieces.map { layout.chunks(of: $0) }), isHearsay: true)
            }
        }
    }

    private func askOrigin(for run: PlannedRun) {
        let (end, stop) = AsyncStream.makeStream(of: Never.self)
        originRuns[run.id] = (run.pieces, stop)
        let (pull, post, bytes) = (pull, post, layout.bytes(of: run.pieces))
        let job = Job {
            let error = await withTaskGroup(of: Result<Void, any Error>?.self) { group -> (any Error)? in
                group.addTask {
                    do {
                        return .success(try await pull.fetchFromOrigin(bytes))
                    } catch {
                        return .failure(error)
                    }
                }
                group.addTask {
                    for await _ in end {}
                    return nil
                }
                let first = await group.next()
                group.cancelAll()
                if case .failure(let error)?? = first { return error }
                return nil
            }
            post.yield(.originEnded(run: run.id, error))
        }
        jobs.append(job)
    }
}
