/// Decides who is asked for which pieces of a file, and when.
///
/// It does no I/O and has no clock: whoever drives it tells what happens, with the time in seconds since any moment, and
/// carries out what ``plan(_:)`` returns. The same code runs over sockets and in the simulation.
///
/// The rules: the rarest pieces first, of equally rare ones any by chance, so that nodes that begin together soon have
/// something for each other. A peer is asked for as much as it sends while a message goes there and back, and a little
/// more. The origin is asked for what nobody has and nobody says it is fetching; for more only where peers are slow. Who
/// is silent loses what it was asked for to others, who lies is left. When only a few pieces are on their way, what
/// would come late is asked for a second time.
package struct SwarmPlanner: Sendable {
    package private(set) var layout: PieceLayout
    package var settings: PlannerSettings
    /// The pieces that are here.
    package private(set) var have: PieceSet
    /// The piece that somebody waits for who reads the file in order while it comes; nil while nobody does.
    package var head: Int?
    /// Nodes in the swarm, as far as known, this one included.
    package var swarmSize = 1

    var random: PlanRandom
    /// What makes this node's lots different from those of others.
    let lot: UInt64
    var peers: [PlannedPeer] = []
    var connected: [Int] = []
    var runs: [Int: PlannedRun] = [:]
    private(set) var nextRun = 1
    /// How many runs that are not late each piece is part of.
    private var copies: [UInt8]
    /// Pieces that somebody was asked for and should bring.
    var assigned: PieceSet
    var rarity: RarityIndex
    /// How many peers say that they will have a piece soon.
    private var claimCounts: [UInt16]
    var claimed: PieceSet
    var rumours: RumourBook
    var origin: PlannedOrigin
    /// What peers together bring, idle times included.
    var peerMeter = RateMeter()
    var peerBytesInFlight = 0
    /// What peers are asked for that give no single pieces; nil while there are none.
    var units: UnitTable?
    /// Peers for which there may be something to do.
    var restless: Set<Int> = []
    var actions: [PlanAction] = []
    /// Pieces that others are to be told of.
    var promises: [Range<Int>] = []
    var lastCheck = -1.0
    var lastPromise = -10.0
    var lastForgotten = 0.0
    /// Since when nothing has come or been on its way.
    var idleSince: Double?
    /// Since when no peer has anything more to be asked for.
    var starvedSince: Double?
    /// Pieces that nobody can pass on, as far as known: everybody has to fetch them.
    var solitary: PieceSet
    /// Runs of what can be passed on only as a whole, when the last of them ended, and when this node begins the next one
    /// if nobody else does before.
    var wholeRuns: Set<Int> = []
    var lastWhole = -100.0
    var wholeTurn: Double?
    /// When the first peer came.
    var firstPeerAt: Double?

    /// - Parameters:
    ///   - have: pieces that are here already.
    ///   - seed: of all that is left to chance; different on every node.
    package init(layout: PieceLayout, have: PieceSet, settings: PlannerSettings = .init(), seed: UInt64) {
        self.layout = layout
        self.have = have
        self.settings = settings
        random = PlanRandom(seed: seed)
        lot = seed
        copies = [UInt8](repeating: 0, count: layout.count)
        assigned = PieceSet(capacity: layout.count)
        rarity = RarityIndex(pieceCount: layout.count)
        claimCounts = [UInt16](repeating: 0, count: layout.count)
        claimed = PieceSet(capacity: layout.count)
        rumours = RumourBook(pieceCount: layout.count)
        origin = PlannedOrigin(slots: settings.originSlots)
        solitary = PieceSet(capacity: layout.count)
        guard layout.hasWholes else { return }
        for piece in 0..<layout.count where layout.whole(of: piece) == nil { solitary.insert(piece) }
    }

    package var isComplete: Bool { have.isFull }
    package var missingBytes: Int {
        var bytes = 0
        for piece in 0..<layout.count where !have.contains(piece) { bytes += layout.length(of: piece..<piece + 1) }
        return bytes
    }
    package var peerCount: Int { connected.count }
    /// Peers that there ever were.
    var knownPeers: Int { peers.count }

    /// Whether some of what is here could be had from no peer, and is of use to them.
    package var isSoleSource: Bool {
        let orphans = rarity.orphans
        return have.words.indices.contains { have.words[$0] & orphans.words[$0] & ~solitary.words[$0] != 0 }
    }

    /// Bytes per second from one peer; nil before it has brought anything.
    package func rate(of peer: Int) -> Double? { peers[peer].meter.rate }

    /// Pieces that are neither here nor asked for, 64 at a time.
    func open(_ word: Int) -> UInt64 { ~have.words[word] & ~assigned.words[word] }

    // MARK: What happens

    /// A peer is connected.
    /// - Parameters:
    ///   - roundTrip: seconds.
    ///   - isSeed: whether it has everything, and so has nothing to ask for itself.
    /// - Returns: its number.
    package mutating func join(roundTrip: Double, isSeed: Bool = false, now: Double) -> Int {
        let number = peers.count
        peers.append(PlannedPeer(pieceCount: layout.count, roundTrip: roundTrip, now: now))
        peers[number].isSeed = isSeed
        connected.append(number)
        firstPeerAt = firstPeerAt ?? now
        peerMeter.start(now)
        return number
    }

    /// A peer that had left is there again: what it had must be told anew, and what it is known for stays. So whoever
    /// comes and goes costs no memory each time, and does not become somebody else whose word counts anew.
    package mutating func rejoin(_ peer: Int, isSeed: Bool = false, now: Double) {
        guard peers[peer].isGone else { return }
        peers[peer].isGone = false
        peers[peer].pieces = PieceSet(capacity: layout.count)
        peers[peer].isCounted = true
        peers[peer].isSilent = false
        peers[peer].isSeed = isSeed
        peers[peer].lastSign = now
        connected.append(peer)
        peerMeter.start(now)
    }

    /// A peer is gone.
    package mutating func leave(_ peer: Int, now: Double) {
        guard !peers[peer].isGone else { return }
        for run in peers[peer].runs { finish(run, now) }
        retract(peer)
        setCounted(peer, false)
        peers[peer].pieces = PieceSet(capacity: 0)
        peers[peer].isGone = true
        connected.removeAll { $0 == peer }
        restless.remove(peer)
        awakenAll()
    }

    /// A peer has these pieces too.
    package mutating func has(_ peer: Int, _ pieces: Range<Int>, now: Double) {
        guard !peers[peer].isGone else { return }
        var isUseful = false
        for piece in pieces where peers[peer].pieces.insert(piece) {
            if peers[peer].isCounted { rarity.add(piece) }
            if peers[peer].claims.removeValue(forKey: piece) != nil { unclaim(piece) }
            if !have.contains(piece) {
                isUseful = true
                // Who has never sent anything may only say so, and of who gives units alone it is only hoped.
                if peers[peer].delivered > 0, peers[peer].lackedUnits == nil { rumours.know(piece, now) }
            }
        }
        if isUseful { restless.insert(peer) }
    }

    /// A peer no longer has what it had; what it has now must be told anew.
    package mutating func lost(_ peer: Int) {
        guard !peers[peer].isGone else { return }
        let isCounted = peers[peer].isCounted
        setCounted(peer, false)
        peers[peer].pieces = PieceSet(capacity: layout.count)
        setCounted(peer, isCounted)
    }

    /// A peer says that it will have these pieces soon.
    package mutating func expects(_ peer: Int, _ pieces: Range<Int>, now: Double) {
        guard !peers[peer].isGone, !peers[peer].isBoaster, !peers[peer].isSilent else { return }
        for piece in pieces.clamped(to: 0..<layout.count)
        where !peers[peer].pieces.contains(piece) && !solitary.contains(piece) {
            if peers[peer].claims[piece] != nil {
                peers[peer].claims[piece]?.last = now
            } else if peers[peer].claims.count < settings.mostClaims {
                peers[peer].claims[piece] = (now, now)
                claimCounts[piece] += 1
                claimed.insert(piece)
                rumours.know(piece, now)
            }
        }
    }

    /// What a peer is expected to have soon is not to be expected any more.
    package mutating func retract(_ peer: Int) {
        for piece in peers[peer].claims.keys {
            unclaim(piece)
            // Nobody else fetches it, and it would be long until that is found out.
            if layout.whole(of: piece) != nil, !claimed.contains(piece) { rumours.remove(piece) }
        }
        peers[peer].claims = [:]
    }

    /// A peer has heard that somebody in the swarm has these pieces or will have them.
    package mutating func hears(_ peer: Int, _ pieces: Range<Int>, now: Double) {
        guard !peers[peer].isGone, !peers[peer].isBoaster, !peers[peer].isSilent else { return }
        for piece in pieces.clamped(to: 0..<layout.count) where !solitary.contains(piece) {
            rumours.hear(piece, from: peer, now)
        }
    }

    /// All of a run has come and is right. Of a whole it must have been told before that it is one.
    package mutating func completed(_ id: Int, now: Double) {
        guard let run = runs[id] else { return }
        noteBytes(run.bytes - run.received, of: run, now)
        if case .peer(let peer) = run.source, peers[peer].mostInFlight < settings.largestWindow {
            peers[peer].mostInFlight += run.bytes / 8
        }
        finish(id, now)
        gain(run.pieces, now)
        guard run.source == .origin, layout.wholePieces > 0 else { return }
        // What is all here and still cannot be passed on is only a part of something.
        for piece in run.pieces {
            guard let whole = layout.whole(of: piece), whole.allSatisfy({ $0.allSatisfy(have.contains) }) else {
                continue
            }
            abandon(whole)
        }
    }

    /// Pieces of a run have come before the rest of it.
    package mutating func progressed(_ id: Int, pieces: Range<Int>, now: Double) {
        guard let run = runs[id] else { return gain(pieces, now) }
        let bytes = layout.length(of: pieces)
        noteBytes(bytes, of: run, now)
        runs[id]?.received += bytes
        gain(pieces, now)
    }

    /// Pieces are here, wherever they come from.
    package mutating func gain(_ pieces: Range<Int>, _ now: Double) {
        for piece in pieces where have.insert(piece) {
            guard copies[piece] > 0 else { continue }
            // Somebody else was asked for it as well.
            for run in runs.values where run.pieces.contains(piece) && run.pieces.allSatisfy(have.contains) {
                guard run.received < run.bytes else { continue }
                actions.append(.cancel(run))
                finish(run.id, now)
            }
        }
    }

    /// Pieces that can be passed on one by one from now on, and of which it is known where they start.
    package mutating func settle(_ pieces: Range<Int>, startingAt start: (UInt32) -> UInt64) {
        layout.settle(pieces, startingAt: start)
        for piece in pieces { solitary.remove(piece) }
    }

    /// Nobody can pass on some pieces.
    mutating func abandon(_ whole: [Range<Int>]) {
        layout.dissolve(whole)
        for part in whole {
            solitary.insert(part)
            for piece in part {
                rumours.remove(piece)
                for peer in connected where peers[peer].claims.removeValue(forKey: piece) != nil { unclaim(piece) }
            }
        }
    }

    /// Pieces are not what they should be.
    package mutating func forfeit(_ pieces: Range<Int>) {
        for piece in pieces { have.remove(piece) }
        awakenAll()
    }

    /// A run will not come, or not whole.
    package mutating func failed(_ id: Int, _ failure: RunFailure, now: Double) {
        guard let run = runs[id] else { return }
        finish(id, now)
        awakenAll()
        guard case .peer(let peer) = run.source else {
            origin.noteFailure(failure, now)
            // What was told of it is void, and it would be long until that is found out.
            if layout.hasWholes { for piece in run.pieces where rarity.count(of: piece) == 0 { rumours.remove(piece) } }
            return
        }
        switch failure {
        case .refused where peers[peer].runs.count >= settings.leastRequests:
            // It has enough to do, and each answer makes room for a question: to pause would leave it idle.
            peers[peer].mostInFlight = peers[peer].bytesInFlight
            peers[peer].lastSign = now
        case .refused(let delay):
            peers[peer].notBefore = now + max(0.05, delay)
            peers[peer].lastSign = now
        case .gone where run.unit != nil:
            if let unit = run.unit { lacks(unit, peer) }
            peers[peer].lastSign = now
        case .gone:
            for piece in run.pieces where peers[peer].pieces.remove(piece) && peers[peer].isCounted {
                rarity.remove(piece)
            }
            peers[peer].lastSign = now
        case .corrupt:
            drop(peer, isLiar: true, now)
        case .broken:
            peers[peer].failures += 1
            peers[peer].notBefore = now + 0.5 * Double(peers[peer].failures)
            if peers[peer].failures >= 4 { drop(peer, isLiar: false, now) }
        case .cancelled:
            break
        case .deferred:
            peers[peer].notBefore = now + 0.02
        }
    }

    // MARK: What to do

    /// What is to be done now. To be called after anything has happened, and every tenth of a second.
    package mutating func plan(_ now: Double) -> [PlanAction] {
        if now - lastCheck >= 0.1 {
            lastCheck = now
            expireClaims(now)
            checkSilence(now)
            releaseSlowUnits(now)
            spreadRumours(now)
            // Who was told to wait may be asked again.
            for peer in connected where peers[peer].notBefore <= now { restless.insert(peer) }
        }
        if !isComplete {
            fillPeers(now)
            starvedSince = isStarved ? starvedSince ?? now : nil
            askOrigin(now)
            askTwice(now)
        }
        idleSince = runs.isEmpty ? idleSince ?? now : nil
        keepPromises(now)
        defer { actions = [] }
        return actions
    }

    // MARK: Books

    mutating func ask(
        _ source: PlanSource, for pieces: Range<Int>, bytes: Int, isDuplicate: Bool, unit: Int? = nil, now: Double
    ) {
        let run = PlannedRun(
            id: nextRun, source: source, pieces: pieces, bytes: bytes, sentAt: now, isDuplicate: isDuplicate,
            unit: unit)
        nextRun += 1
        runs[run.id] = run
        for piece in pieces {
            copies[piece] += 1
            assigned.insert(piece)
        }
        switch source {
        case .origin:
            origin.begin(run, now)
        case .peer(let peer):
            if peers[peer].runs.isEmpty { peers[peer].lastSign = now }
            peers[peer].runs.append(run.id)
            peers[peer].bytesInFlight += bytes
            peers[peer].meter.start(now)
            // Units are large, and must not keep others from being asked.
            if unit == nil { peerBytesInFlight += bytes }
        }
        actions.append(.ask(run))
    }

    /// Takes a run out of the books.
    mutating func finish(_ id: Int, _ now: Double) {
        guard let run = runs.removeValue(forKey: id) else { return }
        if !run.isLate { release(run) }
        switch run.source {
        case .origin:
            origin.end(run, now)
            if wholeRuns.remove(id) != nil { lastWhole = now }
        case .peer(let peer):
            peers[peer].runs.removeAll { $0 == id }
            peers[peer].bytesInFlight -= run.bytes
            if run.unit == nil { peerBytesInFlight -= run.bytes }
            if peers[peer].runs.isEmpty { peers[peer].meter.stop(now) }
            if !peers[peer].isGone { restless.insert(peer) }
        }
    }

    /// Lets others have the pieces of a run.
    mutating func release(_ run: PlannedRun) {
        for piece in run.pieces {
            copies[piece] -= 1
            if copies[piece] == 0 { assigned.remove(piece) }
        }
    }

    mutating func makeLate(_ id: Int) {
        guard let run = runs[id], !run.isLate else { return }
        runs[id]?.isLate = true
        release(run)
    }

    mutating func drop(_ peer: Int, isLiar: Bool, _ now: Double) {
        guard !peers[peer].isGone else { return }
        actions.append(.drop(peer: peer, isLiar: isLiar))
        leave(peer, now: now)
    }

    /// Whether what a peer has counts as being there. That of silent peers does not.
    mutating func setCounted(_ peer: Int, _ counts: Bool) {
        guard peers[peer].isCounted != counts else { return }
        peers[peer].isCounted = counts
        peers[peer].pieces.forEach { piece in
            guard !counts else { return rarity.add(piece) }
            rarity.remove(piece)
            // What was known through this peer alone is not known any more.
            if rarity.count(of: piece) == 0 { rumours.remove(piece) }
        }
    }

    func isDoubled(_ pieces: Range<Int>) -> Bool { pieces.contains { copies[$0] > 1 } }

    mutating func awakenAll() { restless.formUnion(connected) }

    mutating func unclaim(_ piece: Int) {
        claimCounts[piece] -= 1
        if claimCounts[piece] == 0 { claimed.remove(piece) }
    }

    mutating func noteBytes(_ bytes: Int, of run: PlannedRun, _ now: Double) {
        guard bytes > 0 else { return }
        switch run.source {
        case .origin:
            origin.meter.note(bytes, now)
        case .peer(let peer):
            peers[peer].meter.note(bytes, now)
            peers[peer].lastSign = now
            if peers[peer].isSilent {
                peers[peer].isSilent = false
                setCounted(peer, true)
            }
            peers[peer].failures = 0
            if peers[peer].delivered == 0, peers[peer].lackedUnits == nil {
                peers[peer].pieces.forEach { if !have.contains($0) { rumours.know($0, now) } }
            }
            peers[peer].delivered += UInt64(bytes)
            peerMeter.note(bytes, now)
        }
    }
}

extension SwarmPlanner {
    /// A run that has not come yet; nil when it has, or nobody waits for it any more.
    package func run(_ id: Int) -> PlannedRun? { runs[id] }
}

extension SwarmPlanner {
    /// Everything that was asked for and has not come, in the order of asking.
    package var openRuns: [PlannedRun] { runs.values.sorted { $0.id < $1.id } }
}
