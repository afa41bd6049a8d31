internal import Swarm

/// Runs planners against each other over links that are simulated, with a clock that jumps from event to event.
///
/// Each sender serves those who wait for it in turn, a quantum at a time; each receiver takes what comes one after the
/// other, and who would overfill it is passed over until there is room. That is close to what TCP does in the mean.
package final class SwarmSimulation {
    private enum Kind { case honest, seed, liar, silent }

    private struct Node {
        var kind: Kind
        var planner: SwarmPlanner?
        var startsAt = 0.0
        var finishedAt = Double.infinity
        /// Neighbours, and under which number the planner knows them.
        var neighbours: [Int] = []
        var numbers: [Int: Int] = [:]
        var nodes: [Int] = []
        var news: [Range<Int>] = []
        /// When the link from the network is free again.
        var downFreeAt = 0.0
        /// Senders that have something for this node and found its link full, the first to be served first.
        var waiting: [Int] = []
        var isWoken = false
        /// What the origin was asked for: pieces that have not come yet, and the bytes that have come of the first.
        var awaited: [Int: (pieces: ArraySlice<Int>, bytes: Int)] = [:]
        var isGone = false
    }

    private struct Job {
        var run: Int
        var left: Int
    }

    /// What one sender sends to one receiver; for the origin, one request.
    private struct Flow {
        var target: Int
        var jobs: [Job] = []
        var first = 0
        var isQueued = false
    }

    private struct Sender {
        var rate: Double
        var flows: [Int: Flow] = [:]
        /// Flows with something to send, in the order of their turns.
        var turns: [Int] = []
        var nextTurn = 0
        var isBusy = false
    }

    private enum Event {
        case start(Int)
        case meet(Int)
        case tick(Int)
        case request(from: Int, to: Int, run: Int, bytes: Int)
        case withdraw(from: Int, to: Int, run: Int)
        case sent(sender: Int, flow: Int, target: Int, run: Int, bytes: Int, isLast: Bool)
        /// A receiver has room again.
        case room(Int)
        case arrived(sender: Int, target: Int, run: Int, bytes: Int, isLast: Bool)
        case news(from: Int, to: Int, [Range<Int>])
        case rumour(from: Int, to: Int, [Range<Int>])
        case promise(from: Int, to: Int, [Range<Int>])
    }

    private let setup: SimulationSetup
    private let layout: PieceLayout
    private var nodes: [Node] = []
    private var senders: [Sender] = []
    private var queue = EventQueue<Event>()
    private var random: PlanRandom
    private var now = 0.0
    private var result = SimulationResult()
    private var unfinished = 0
    private var useful = 0.0
    /// The origin stands behind all nodes.
    private var origin: Int { nodes.count }

    package init(_ setup: SimulationSetup) {
        self.setup = setup
        random = PlanRandom(seed: setup.seed &* 0x5851_F42D_4C95_7F2D)
        let chunks = (setup.fileBytes + setup.chunkBytes - 1) / setup.chunkBytes
        let pieceBytes = setup.pieceBytes ?? PieceLayout.pieceBytes(forFileOf: UInt64(setup.fileBytes))
        layout =
            setup.wholeBytes.map { Self.layout(of: setup, wholes: $0, pieceBytes: pieceBytes) }
            ?? PieceLayout(
                lengths: (0..<chunks).lazy.map {
                    UInt32(min(setup.chunkBytes, setup.fileBytes - $0 * setup.chunkBytes))
                },
                pieceBytes: pieceBytes)
        let kinds =
            [Kind](repeating: .honest, count: setup.nodes) + [Kind](repeating: .seed, count: setup.seeds)
            + [Kind](repeating: .liar, count: setup.liars) + [Kind](repeating: .silent, count: setup.silent)
        nodes = kinds.map { Node(kind: $0) }
        for index in nodes.indices {
            senders.append(Sender(rate: kinds[index] == .honest ? setup.upload(index) : setup.uploadRate))
        }
        senders.append(Sender(rate: setup.originRate))
        result.times = [Double](repeating: .infinity, count: setup.nodes)
        result.bound = setup.bound
        result.fileBytes = Double(setup.fileBytes)
        unfinished = setup.nodes
        connect()
    }

    private static func layout(of setup: SimulationSetup, wholes: Int, pieceBytes: Int) -> PieceLayout {
        let stretches = stride(from: 0, to: setup.fileBytes, by: wholes).enumerated().map { number, start in
            let end = min(start + wholes, setup.fileBytes)
            let chunks = start / setup.chunkBytes..<(end + setup.chunkBytes - 1) / setup.chunkBytes
            return PieceLayout.Stretch(chunks: chunks, bytes: UInt64(start)..<UInt64(end), whole: number)
        }
        return PieceLayout(stretches: stretches, pieceChunks: pieceBytes / setup.chunkBytes)
    }

    /// Makes a random graph in which each node has about `degree` neighbours.
    private func connect() {
        let count = nodes.count
        guard count > 1 else { return }
        var edges = Set<Int>()
        if count - 1 <= setup.degree {
            for left in 0..<count { for right in left + 1..<count { edges.insert(left * count + right) } }
        } else {
            for left in 0..<count {
                for _ in 0..<max(1, setup.degree / 2) {
                    let right = Int.random(in: 0..<count, using: &random)
                    guard right != left else { continue }
                    edges.insert(min(left, right) * count + max(left, right))
                }
            }
        }
        for edge in edges.sorted() {
            let (left, right) = (edge / count, edge % count)
            nodes[left].neighbours.append(right)
            nodes[right].neighbours.append(left)
        }
    }

    package func run() -> SimulationResult {
        for node in nodes.indices {
            let start = setup.spread > 0 ? Double.random(in: 0..<setup.spread, using: &random) : 0
            nodes[node].startsAt = nodes[node].kind == .honest ? start : 0
            queue.add(.start(node), at: nodes[node].startsAt)
        }
        while unfinished > 0, let (time, event) = queue.take(), time < setup.timeLimit {
            now = time
            result.events += 1
            handle(event)
        }
        result.wastedBytes = result.originBytes + result.peerBytes - useful
        return result
    }

    private func handle(_ event: Event) {
        switch event {
        case .start(let node): start(node)
        case .meet(let node): meet(node)
        case .tick(let node):
            spread(node)
            act(node)
            if !nodes[node].isGone, nodes[node].finishedAt == .infinity || !nodes[node].news.isEmpty {
                queue.add(.tick(node), at: now + setup.tick)
            }
        case .request(let from, let to, let run, let bytes):
            guard !nodes[to].isGone, nodes[to].kind != .silent else { return }
            enqueue(sender: to, flow: from, target: from, Job(run: run, left: bytes))
        case .withdraw(let from, let to, let run):
            senders[to].flows[to == origin ? run << 20 + from : from]?.jobs.removeAll { $0.run == run }
        case .sent(let sender, let flow, let target, let run, let bytes, let isLast):
            sent(sender, flow, target, run, bytes, isLast)
        case .room(let node):
            nodes[node].isWoken = false
            // Who is busy with others keeps its place.
            while roomTime(node) <= now, let place = nodes[node].waiting.firstIndex(where: { !senders[$0].isBusy }) {
                send(nodes[node].waiting.remove(at: place), to: node)
            }
            awaitRoom(node)
        case .arrived(let sender, let target, let run, let bytes, let isLast):
            arrived(sender, target, run, bytes, isLast)
        case .news(let from, let to, let pieces):
            guard let number = nodes[to].numbers[from], !nodes[to].isGone else { return }
            for range in pieces {
                for piece in range { settleWhole(of: piece, at: to) }
                nodes[to].planner?.has(number, range, now: now)
            }
            act(to)
        case .rumour(let from, let to, let pieces):
            guard let number = nodes[to].numbers[from], !nodes[to].isGone else { return }
            for range in pieces { nodes[to].planner?.hears(number, range, now: now) }
        case .promise(let from, let to, let pieces):
            guard let number = nodes[to].numbers[from], !nodes[to].isGone else { return }
            for range in pieces { nodes[to].planner?.expects(number, range, now: now) }
        }
    }

    // MARK: Nodes

    private func start(_ node: Int) {
        guard nodes[node].kind == .honest else { return }
        var settings = setup.wholeBytes == nil ? setup.settings : setup.settings.forWholes
        settings.usesOrigin = setup.originRate > 0
        var planner = SwarmPlanner(
            layout: layout, have: PieceSet(capacity: layout.count), settings: settings, seed: random.next())
        planner.swarmSize = nodes.count
        nodes[node].planner = planner
        queue.add(.meet(node), at: now + setup.discoveryTime)
        queue.add(.tick(node), at: now + setup.tick * Double.random(in: 0..<1, using: &random))
        act(node)
    }

    /// A node comes to know its neighbours, those that are there already.
    private func meet(_ node: Int) {
        for other in nodes[node].neighbours where !nodes[other].isGone {
            guard nodes[other].kind != .honest || nodes[other].planner != nil else { continue }
            introduce(other, to: node)
            introduce(node, to: other)
        }
        act(node)
    }

    private func introduce(_ other: Int, to node: Int) {
        guard nodes[node].planner != nil, nodes[node].numbers[other] == nil else { return }
        let isSeed = nodes[other].planner?.isComplete ?? true
        guard let number = nodes[node].planner?.join(roundTrip: 2 * setup.latency, isSeed: isSeed, now: now) else {
            return
        }
        nodes[node].numbers[other] = number
        nodes[node].nodes.append(other)
        if nodes[other].kind != .honest {
            nodes[node].planner?.has(number, 0..<layout.count, now: now)
        } else if let planner = nodes[other].planner, !planner.have.isEmpty {
            let pieces = planner.have.ranges.flatMap { $0.filter { planner.layout.whole(of: $0) == nil } }
            queue.add(.news(from: other, to: node, pieces.map { $0..<$0 + 1 }), at: now + setup.latency)
        }
    }

    /// Tells neighbours what is new.
    private func spread(_ node: Int) {
        guard !nodes[node].news.isEmpty, !nodes[node].isGone else { return }
        let news = nodes[node].news
        nodes[node].news = []
        for other in nodes[node].nodes where nodes[other].finishedAt == .infinity && nodes[other].kind == .honest {
            queue.add(.news(from: node, to: other, news), at: now + setup.latency)
        }
    }

    private func act(_ node: Int) {
        guard nodes[node].finishedAt == .infinity, let actions = nodes[node].planner?.plan(now) else { return }
        for action in actions {
            switch action {
            case .ask(let run):
                guard case .peer(let number) = run.source else {
                    // Only what is missing travels.
                    let pieces = run.pieces.filter { nodes[node].planner?.have.contains($0) == false }
                    nodes[node].awaited[run.id] = (pieces[...], 0)
                    enqueue(
                        sender: origin, flow: run.id << 20 + node, target: node, Job(run: run.id, left: run.bytes))
                    continue
                }
                queue.add(
                    .request(from: node, to: nodes[node].nodes[number], run: run.id, bytes: run.bytes),
                    at: now + setup.latency)
            case .cancel(let run):
                nodes[node].awaited[run.id] = nil
                if case .peer(let number) = run.source {
                    queue.add(
                        .withdraw(from: node, to: nodes[node].nodes[number], run: run.id), at: now + setup.latency)
                } else {
                    queue.add(.withdraw(from: node, to: origin, run: run.id), at: now + setup.latency)
                }
            case .drop: break
            case .rumour(let pieces):
                for other in nodes[node].nodes where nodes[other].finishedAt == .infinity {
                    guard nodes[other].kind == .honest else { continue }
                    queue.add(.rumour(from: node, to: other, pieces), at: now + setup.latency)
                }
            case .expect(let pieces):
                for other in nodes[node].nodes where nodes[other].finishedAt == .infinity {
                    guard nodes[other].kind == .honest else { continue }
                    queue.add(.promise(from: node, to: other, pieces), at: now + setup.latency)
                }
            }
        }
    }

    /// A node learns what is in a whole.
    private func settleWhole(of piece: Int, at node: Int) {
        guard let whole = nodes[node].planner?.layout.whole(of: piece) else { return }
        for part in whole {
            nodes[node].planner?.settle(part) { UInt64($0) * UInt64(setup.chunkBytes) }
        }
    }

    private func gained(_ node: Int, _ pieces: Range<Int>) {
        for piece in pieces {
            guard let planner = nodes[node].planner, let whole = planner.layout.whole(of: piece) else {
                nodes[node].news.append(piece..<piece + 1)
                continue
            }
            guard whole.allSatisfy({ $0.allSatisfy(planner.have.contains) }) else { continue }
            settleWhole(of: piece, at: node)
            nodes[node].news += whole
        }
        guard nodes[node].planner?.isComplete == true, nodes[node].finishedAt == .infinity else { return }
        nodes[node].finishedAt = now
        result.times[node] = now - nodes[node].startsAt
        unfinished -= 1
        if setup.staysAfterwards { return }
        spread(node)
        nodes[node].isGone = true
        senders[node].flows = [:]
        senders[node].turns = []
        for other in nodes[node].nodes where nodes[other].kind == .honest && nodes[other].finishedAt == .infinity {
            guard let number = nodes[other].numbers[node] else { continue }
            nodes[other].planner?.leave(number, now: now)
        }
    }

    // MARK: Links

    private func enqueue(sender: Int, flow: Int, target: Int, _ job: Job) {
        senders[sender].flows[flow, default: Flow(target: target)].jobs.append(job)
        if senders[sender].flows[flow]?.isQueued == false {
            senders[sender].flows[flow]?.isQueued = true
            senders[sender].turns.append(flow)
        }
        send(sender)
    }

    /// Bytes that may be on their way into a receiver before others go first, in seconds of its link.
    private static let backlog = 0.03

    private func roomTime(_ node: Int) -> Double { nodes[node].downFreeAt - Self.backlog - setup.latency }

    private func awaitRoom(_ node: Int) {
        guard !nodes[node].isWoken, !nodes[node].waiting.isEmpty else { return }
        nodes[node].isWoken = true
        // Where there is room but nobody free to use it, somebody will be soon.
        queue.add(.room(node), at: max(now + Double(setup.quantum) / setup.downloadRate / 4, roomTime(node)))
    }

    /// Sends the next quantum, if the link is free and a receiver has room.
    /// - Parameter granted: a receiver whose turn has come to hear from this sender.
    private func send(_ sender: Int, to granted: Int? = nil) {
        guard !senders[sender].isBusy else { return }
        var tried = 0
        while tried < senders[sender].turns.count {
            let turn = senders[sender].nextTurn % senders[sender].turns.count
            let key = senders[sender].turns[turn]
            guard var flow = senders[sender].flows[key], let job = flow.jobs.first else {
                senders[sender].flows[key] = nil
                senders[sender].turns.remove(at: turn)
                senders[sender].nextTurn = turn
                continue
            }
            senders[sender].nextTurn = turn + 1
            tried += 1
            let isNext = nodes[flow.target].waiting.isEmpty || flow.target == granted
            guard roomTime(flow.target) <= now, isNext else {
                if !nodes[flow.target].waiting.contains(sender) { nodes[flow.target].waiting.append(sender) }
                awaitRoom(flow.target)
                continue
            }
            let bytes = min(setup.quantum, job.left)
            let isLast = bytes == job.left
            if isLast { flow.jobs.removeFirst() } else { flow.jobs[0].left -= bytes }
            senders[sender].flows[key] = flow
            senders[sender].isBusy = true
            // What is on its way takes the receiver's link already, so that others are passed over in time.
            let done = now + Double(bytes) / senders[sender].rate
            let free = max(nodes[flow.target].downFreeAt, now + setup.latency)
            nodes[flow.target].downFreeAt = free + Double(bytes) / setup.downloadRate
            queue.add(
                .sent(sender: sender, flow: key, target: flow.target, run: job.run, bytes: bytes, isLast: isLast),
                at: done)
            return
        }
    }

    private func sent(_ sender: Int, _ flow: Int, _ target: Int, _ run: Int, _ bytes: Int, _ isLast: Bool) {
        senders[sender].isBusy = false
        if sender == origin {
            result.originBytes += Double(bytes)
        } else {
            result.peerBytes += Double(bytes)
            if nodes[sender].kind == .seed { result.seedBytes += Double(bytes) }
        }
        let at = max(now + setup.latency, nodes[target].downFreeAt)
        queue.add(.arrived(sender: sender, target: target, run: run, bytes: bytes, isLast: isLast), at: at)
        send(sender)
    }

    private func arrived(_ sender: Int, _ target: Int, _ run: Int, _ bytes: Int, _ isLast: Bool) {
        guard !nodes[target].isGone, nodes[target].finishedAt == .infinity,
            let before = nodes[target].planner?.have.count
        else { return }
        if sender == origin {
            originBytes(target, run, bytes)
        } else if isLast {
            guard let planned = nodes[target].planner?.run(run) else { return }
            if nodes[sender].kind == .liar {
                nodes[target].planner?.failed(run, .corrupt, now: now)
            } else {
                nodes[target].planner?.completed(run, now: now)
                gained(target, planned.pieces)
            }
        }
        let after = nodes[target].planner?.have.count ?? before
        useful += Double(after - before) * Double(setup.fileBytes) / Double(layout.count)
        if after != before || isLast { act(target) }
    }

    /// What comes from the origin comes piece by piece.
    private func originBytes(_ node: Int, _ id: Int, _ bytes: Int) {
        guard var awaited = nodes[node].awaited[id] else { return }
        awaited.bytes += bytes
        var came: [Int] = []
        while let piece = awaited.pieces.first, layout.length(of: piece..<piece + 1) <= awaited.bytes {
            awaited.bytes -= layout.length(of: piece..<piece + 1)
            awaited.pieces.removeFirst()
            came.append(piece)
        }
        nodes[node].awaited[id] = awaited.pieces.isEmpty ? nil : awaited
        for piece in came { nodes[node].planner?.progressed(id, pieces: piece..<piece + 1, now: now) }
        for piece in came { gained(node, piece..<piece + 1) }
        if awaited.pieces.isEmpty { nodes[node].planner?.completed(id, now: now) }
    }
}
