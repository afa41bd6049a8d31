internal import NIOCore
package import PublishWire
package import Torrents

/// Fetches pieces that are missing from sources other than peers, and hands them to the engine.
///
/// It begins at the end that peers are least likely to be busy at, holds a few pieces in memory, and rests where peers
/// will be done before it could help.
package actor PieceFeeder {
    package struct Settings: Sendable {
        /// Bytes of pieces in memory, those that the engine is writing among them.
        package var memory = 64 << 20
        package var mostWorkers = 4
        /// Bytes that are asked for at once.
        package var run: Int64 = 32 << 20
        /// The same of a source that is paced, before it is known how fast it is; then what it sends in some seconds.
        package var firstRun: Int64 = 4 << 20
        package var runTime = 2.0
        /// How long a source rests after its first failure; twice as long after each further one.
        package var firstPause = Duration.milliseconds(500)
        package var longestPause = Duration.seconds(30)
        /// After that long another source may fetch what one has promised, and the same when nothing at all has come.
        package var claimLife = Duration.seconds(15)

        package init() {}
    }

    /// What is known of a source.
    private struct Standing {
        var failures = 0
        var strikes = 0
        var isDropped = false
        var restsUntil: ContinuousClock.Instant?
        /// Until when it need not be looked through again: it had nothing that is still to be fetched.
        var isBarrenUntil: ContinuousClock.Instant?
        /// Files that it turned out not to have, by place in the metainfo.
        var lacking: Set<Int> = []
        var active = 0
        /// Bytes that it has sent, and how many per second of late.
        var taken = 0
        var rate: Double?
    }

    private struct Job {
        var number: Int
        var source: Int
        var pieces: Range<Int>
        /// When it last brought something.
        var lastNews = ContinuousClock.now
    }

    private struct Claim {
        var job: Int
        var since = ContinuousClock.now
    }

    private let metainfo: Metainfo
    private let torrent: TorrentID
    private let engine: any TorrentEngine
    private let settings: Settings
    private let tell: @Sendable (String) -> Void
    private var sources: [any RangeSource] = []
    private var standings: [Standing] = []
    private var jobs: [Int: Job] = [:]
    private var jobCount = 0
    private var wanted: [Bool]
    private var have: [Bool]
    /// Places of the files whose pieces are wanted, in order.
    private var wantedFiles: [Int] = []
    private var claims: [Int: Claim] = [:]
    private var hasPeers = false
    private var peerRate = 0
    private var began = ContinuousClock.now
    private var isResting = false

    /// Bytes that sources have sent and the engine has taken.
    package private(set) var delivered: [SourceKind: Int64] = [:]

    /// - Parameter tell: gets a clause for the user when a source is given up.
    package init(
        _ metainfo: Metainfo, torrent: TorrentID, engine: any TorrentEngine, settings: Settings = Settings(),
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.metainfo = metainfo
        self.torrent = torrent
        self.engine = engine
        self.settings = settings
        self.tell = tell
        wanted = [Bool](repeating: false, count: metainfo.pieceCount)
        have = [Bool](repeating: false, count: metainfo.pieceCount)
    }

    package func add(_ source: any RangeSource) {
        sources.append(source)
        standings.append(Standing())
    }

    /// Whether any source may still deliver.
    package var hasSources: Bool { standings.contains { !$0.isDropped } }

    /// Whether any source that is still asked may have these files.
    package func mayHave(_ files: [Int]) -> Bool {
        standings.indices.contains { index in
            !standings[index].isDropped && files.allSatisfy { mayHaveFile(index, $0) }
        }
    }

    /// Wants all pieces of these files.
    package func want(_ files: [Bool]) {
        wanted = [Bool](repeating: false, count: metainfo.pieceCount)
        wantedFiles = files.indices.filter { files[$0] && !metainfo.files[$0].isPad && metainfo.files[$0].size > 0 }
        for file in wantedFiles {
            for piece in metainfo.pieces(of: file) { wanted[piece] = true }
        }
        for index in standings.indices { standings[index].isBarrenUntil = nil }
    }

    /// Says what is there, and how peers are doing.
    package func update(have: [Bool], peers: Int, peerRate: Int) {
        if have.count == self.have.count { self.have = have }
        hasPeers = peers > 0
        self.peerRate = peerRate
    }

    /// Works until it is cancelled.
    package func run() async {
        let memory = max(1, settings.memory / (2 * metainfo.pieceLength))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<min(settings.mostWorkers, memory) { group.addTask { await self.work() } }
        }
    }

    private func work() async {
        while !Task.isCancelled {
            guard let job = next() else {
                try? await Task.sleep(for: .milliseconds(50))
                continue
            }
            jobs[job.number] = job
            for piece in job.pieces { claims[piece] = Claim(job: job.number) }
            standings[job.source].active += 1
            await perform(job)
            standings[job.source].active -= 1
            for piece in job.pieces where claims[piece]?.job == job.number { claims[piece] = nil }
            jobs[job.number] = nil
        }
    }

    // Choosing.

    /// How long a source is not looked through again that had nothing.
    private static let barrenTime = Duration.milliseconds(250)

    private func isMissing(_ piece: Int) -> Bool { wanted[piece] && !have[piece] }

    private func isOpen(_ piece: Int, to source: Int, _ now: ContinuousClock.Instant, again: Bool) -> Bool {
        guard isMissing(piece) else { return false }
        guard let claim = claims[piece], let job = jobs[claim.job] else { return true }
        return again && now - (job.source == source ? job.lastNews : claim.since) > settings.claimLife
    }

    private func next() -> Job? {
        guard !isPointless else { return nil }
        let now = ContinuousClock.now
        let order = standings.indices.filter { index in
            let standing = standings[index]
            return !standing.isDropped && (standing.restsUntil.map { $0 <= now } ?? true)
                && (standing.isBarrenUntil.map { $0 <= now } ?? true) && sources[index].isReady
        }.sorted { left, right in
            // What is on this disk goes first; then those who have least to do.
            let (first, second) = (sources[left].kind == .local, sources[right].kind == .local)
            return first != second ? first : standings[left].active < standings[right].active
        }
        for again in [false, true] {
            for source in order {
                if let pieces = run(for: source, now, again: again) {
                    jobCount += 1
                    return Job(number: jobCount, source: source, pieces: pieces)
                }
            }
        }
        for source in order { standings[source].isBarrenUntil = now + Self.barrenTime }
        return nil
    }

    /// Whether peers will be done before a source could have helped.
    private var isPointless: Bool {
        guard hasPeers, peerRate > 1 << 20 else { return false }
        let mine = delivered.values.reduce(0, +)
        let seconds = max(1, (ContinuousClock.now - began) / .seconds(1))
        guard Double(peerRate) > 8 * Double(mine) / seconds, mine > 0 || seconds > 5 else { return false }
        var left: Int64 = 0
        for piece in wanted.indices where wanted[piece] && !have[piece] { left += Int64(metainfo.pieceLength) }
        return left < 3 * Int64(peerRate)
    }

    /// Bytes that a source is asked for at once.
    private func runBytes(of index: Int) -> Int64 {
        guard sources[index].isPaced else { return settings.run }
        let rate = standings[index].rate
        return min(settings.run, rate.map { Int64(min($0 * settings.runTime, 1e12)) } ?? settings.firstRun)
    }

    private func run(for index: Int, _ now: ContinuousClock.Instant, again: Bool) -> Range<Int>? {
        let most = max(1, Int(runBytes(of: index) / Int64(metainfo.pieceLength)))
        let files = wantedFiles.filter { mayHaveFile(index, $0) }
        func fits(_ piece: Int) -> Bool { isOpen(piece, to: index, now, again: again) && mayHave(index, piece) }
        func first() -> Int? {
            for file in files {
                if let piece = metainfo.pieces(of: file).first(where: fits) { return piece }
            }
            return nil
        }
        if !sources[index].knowsRanges { return first().flatMap { wholeFile(of: index, $0) } }
        // Peers are asked for the rarest, or in order, from the front: here the far end is taken then.
        if hasPeers {
            var last: Int?
            for file in files.reversed() where last == nil { last = metainfo.pieces(of: file).last(where: fits) }
            guard let last else { return nil }
            // A quarter of the rest at most: the whole of it would begin where the peers are.
            let rest = files.reduce(0) { $0 + metainfo.pieces(of: $1).count(where: isMissing) }
            let share = min(most, max(1, rest / 4))
            var first = last
            while first > 0, last - first + 1 < share, fits(first - 1) { first -= 1 }
            return first..<last + 1
        }
        guard let first = first() else { return nil }
        var end = first + 1
        while end < wanted.count, end - first < most, fits(end) { end += 1 }
        return first..<end
    }

    /// What has to be read from the start: the pieces of a file that shares none with others, else all there are.
    private func wholeFile(of source: Int, _ piece: Int) -> Range<Int>? {
        guard let span = metainfo.spans(ofPiece: piece).first(where: { !metainfo.files[$0.file].isPad }) else {
            return nil
        }
        let pieces = metainfo.pieces(of: span.file)
        let isAlone = pieces.allSatisfy { piece in
            metainfo.spans(ofPiece: piece).allSatisfy { $0.file == span.file || metainfo.files[$0.file].isPad }
        }
        if isAlone { return pieces }
        let all = 0..<metainfo.pieceCount
        return all.allSatisfy { mayHave(source, $0) } ? all : nil
    }

    private func mayHaveFile(_ source: Int, _ place: Int) -> Bool {
        !standings[source].lacking.contains(place) && sources[source].mayHave(file(place))
    }

    private func mayHave(_ source: Int, _ piece: Int) -> Bool {
        metainfo.spans(ofPiece: piece).allSatisfy { span in
            guard !metainfo.files[span.file].isPad else { return true }
            return mayHaveFile(source, span.file) && sources[source].mayHave(file(span.file), span.range)
        }
    }

    private func file(_ place: Int) -> SourceFile {
        let file = metainfo.files[place]
        return SourceFile(index: place, path: file.path, size: file.size)
    }

    // Fetching.

    private func perform(_ job: Job) async {
        let source = sources[job.source]
        let (began, before) = (ContinuousClock.now, standings[job.source].taken)
        do {
            try await fetch(job, from: source)
            standings[job.source].failures = 0
            let seconds = max(0.001, (ContinuousClock.now - began) / .seconds(1))
            let rate = Double(standings[job.source].taken - before) / seconds
            standings[job.source].rate = standings[job.source].rate.map { ($0 + rate) / 2 } ?? rate
        } catch let fault as SourceFault {
            note(fault, of: job.source)
        } catch is CancellationError {
            return
        } catch {
            note(SourceFault(.transient, "\(source.name): \(error)"), of: job.source)
        }
    }

    private func note(_ fault: SourceFault, of index: Int) {
        switch fault.weight {
        case .lacksFile:
            if wantedFiles.allSatisfy({ standings[index].lacking.contains($0) }) {
                drop(index, "it has none of the files")
            }
        case .lacksRanges: return
        case .fatal: drop(index, fault.message)
        case .transient:
            standings[index].failures += 1
            let pause = settings.firstPause * (1 << min(standings[index].failures - 1, 10))
            standings[index].restsUntil = .now + min(pause, settings.longestPause)
        }
    }

    private func drop(_ index: Int, _ reason: String) {
        guard !standings[index].isDropped else { return }
        standings[index].isDropped = true
        tell("\(sources[index].name) is not asked any more: \(reason)")
    }

    /// Reads the spans of a run and cuts them into pieces.
    private func fetch(_ job: Job, from source: any RangeSource) async throws {
        let assembly = PieceAssembly(metainfo, job.pieces)
        for part in assembly.parts {
            if metainfo.files[part.file].isPad {
                let zeros = ByteBuffer(repeating: 0, count: Int(part.range.upperBound - part.range.lowerBound))
                guard try await self.take(zeros, assembly, job, source.kind) else { return }
                continue
            }
            do {
                try await source.read(file(part.file), part.range) { bytes in
                    try await self.take(bytes, assembly, job, source.kind)
                }
            } catch let fault as SourceFault where fault.weight == .lacksFile {
                standings[job.source].lacking.insert(part.file)
                throw fault
            }
            guard isWanted(assembly, job) else { return }
        }
    }

    /// - Returns: whether more of the run is wanted.
    private func take(
        _ bytes: ByteBuffer, _ assembly: PieceAssembly, _ job: Job, _ kind: SourceKind
    ) async throws -> Bool {
        standings[job.source].taken += bytes.readableBytes
        jobs[job.number]?.lastNews = .now
        for (piece, content) in assembly.take(bytes) {
            if !have[piece], wanted[piece] { try await give(content, as: piece, job, kind) }
            claims[piece] = nil
            if standings[job.source].isDropped { return false }
        }
        try Task.checkCancellation()
        return isWanted(assembly, job)
    }

    /// Whether the rest of a run is still needed: peers may have brought it meanwhile.
    private func isWanted(_ assembly: PieceAssembly, _ job: Job) -> Bool {
        !standings[job.source].isDropped && assembly.rest.contains { wanted[$0] && !have[$0] }
    }

    private func give(_ content: [UInt8], as piece: Int, _ job: Job, _ kind: SourceKind) async throws {
        if try await engine.give(content, as: piece, to: torrent) {
            have[piece] = true
            // Pads are made here, nobody sends them.
            for span in metainfo.spans(ofPiece: piece) where !metainfo.files[span.file].isPad {
                delivered[kind, default: 0] += span.range.upperBound - span.range.lowerBound
            }
            return
        }
        standings[job.source].strikes += 1
        guard standings[job.source].strikes < 2 else {
            return drop(job.source, "it sends wrong bytes")
        }
        throw SourceFault(.transient, "\(sources[job.source].name) sends wrong bytes")
    }
}
