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

        package init() {}
    }

    /// What is known of a source.
    private struct Standing {
        var failures = 0
        var strikes = 0
        var isDropped = false
        var restsUntil: ContinuousClock.Instant?
        var active = 0
        /// Bytes that it has sent, and how many per second of late.
        var taken = 0
        var rate: Double?
    }

    private struct Job {
        var source: Int
        var pieces: Range<Int>
    }

    /// Pieces that a source can ever have, in order.
    private enum Reach {
        case all
        case some([Int])
    }

    private let metainfo: Metainfo
    private let torrent: TorrentID
    private let engine: any TorrentEngine
    private let settings: Settings
    private let tell: @Sendable (String) -> Void
    private var sources: [any RangeSource] = []
    private var standings: [Standing] = []
    private var reaches: [Reach] = []
    private var wanted: [Bool]
    private var have: [Bool]
    private var claims: [Int: ContinuousClock.Instant] = [:]
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
        guard let files = source.onlyFiles else { return reaches.append(.all) }
        reaches.append(.some(Set(files.flatMap { metainfo.pieces(of: $0) }).sorted()))
    }

    /// Whether any source may still deliver.
    package var hasSources: Bool { standings.contains { !$0.isDropped } }

    /// Whether any source that is still asked may have these files.
    package func mayHave(_ files: [Int]) -> Bool {
        standings.indices.contains { index in
            !standings[index].isDropped && files.allSatisfy { sources[index].mayHave(file($0)) }
        }
    }

    /// Wants all pieces of these files.
    package func want(_ files: [Bool]) {
        wanted = [Bool](repeating: false, count: metainfo.pieceCount)
        for file in files.indices where files[file] && !metainfo.files[file].isPad {
            for piece in metainfo.pieces(of: file) { wanted[piece] = true }
        }
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
            for piece in job.pieces { claims[piece] = .now }
            standings[job.source].active += 1
            await perform(job)
            standings[job.source].active -= 1
            for piece in job.pieces { claims[piece] = nil }
        }
    }

    // Choosing.

    /// After that long another source may fetch what one has promised.
    private static let claimLife = Duration.seconds(15)

    private func isOpen(_ piece: Int, _ now: ContinuousClock.Instant, again: Bool) -> Bool {
        guard wanted[piece], !have[piece] else { return false }
        guard let claim = claims[piece] else { return true }
        return again && now - claim > Self.claimLife
    }

    private func next() -> Job? {
        guard !isPointless else { return nil }
        let now = ContinuousClock.now
        let order = standings.indices.filter { index in
            let standing = standings[index]
            return !standing.isDropped && (standing.restsUntil.map { $0 <= now } ?? true) && sources[index].isReady
        }.sorted { left, right in
            // What is on this disk goes first; then those who have least to do.
            let (first, second) = (sources[left].kind == .local, sources[right].kind == .local)
            return first != second ? first : standings[left].active < standings[right].active
        }
        for again in [false, true] {
            for source in order {
                if let pieces = run(for: source, now, again: again) {
                    return Job(source: source, pieces: pieces)
                }
            }
        }
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
        let source = sources[index]
        let most = max(1, Int(runBytes(of: index) / Int64(metainfo.pieceLength)))
        func fits(_ piece: Int) -> Bool { isOpen(piece, now, again: again) && mayHave(source, piece) }
        func first() -> Int? {
            switch reaches[index] {
            case .all: wanted.indices.first(where: fits)
            case .some(let pieces): pieces.first(where: fits)
            }
        }
        if !source.knowsRanges { return first().flatMap { wholeFile(of: source, $0) } }
        // Peers are asked for the rarest, or in order, from the front: here the far end is taken then.
        if hasPeers {
            let (last, count): (Int?, Int) =
                switch reaches[index] {
                case .all: (wanted.indices.last(where: fits), wanted.indices.count(where: fits))
                case .some(let pieces): (pieces.last(where: fits), pieces.count(where: fits))
                }
            guard let last else { return nil }
            // A quarter of the rest at most: the whole of it would begin where the peers are.
            let share = min(most, max(1, count / 4))
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
    private func wholeFile(of source: any RangeSource, _ piece: Int) -> Range<Int>? {
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

    private func mayHave(_ source: any RangeSource, _ piece: Int) -> Bool {
        metainfo.spans(ofPiece: piece).allSatisfy { span in
            guard !metainfo.files[span.file].isPad else { return true }
            let file = file(span.file)
            return source.mayHave(file) && source.mayHave(file, span.range)
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
        case .lacksFile, .lacksRanges: return
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
            try await source.read(file(part.file), part.range) { bytes in
                try await self.take(bytes, assembly, job, source.kind)
            }
            guard isWanted(assembly, job) else { return }
        }
    }

    /// - Returns: whether more of the run is wanted.
    private func take(
        _ bytes: ByteBuffer, _ assembly: PieceAssembly, _ job: Job, _ kind: SourceKind
    ) async throws -> Bool {
        standings[job.source].taken += bytes.readableBytes
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
