internal import Logging
internal import PublishWire
internal import SwarmWire
internal import Torrents
internal import Transfer

/// One run of a ``TorrentDownload``, once it is known what the torrent holds.
actor GetSession {
    let order: GetOrder
    let context: GetContext
    var metainfo: Metainfo
    let choice: FileChoice
    let workplace: Workplace
    let observer: any TransferObserver
    let progress: @Sendable (GetProgress) -> Void
    let verifier = FileVerifier()
    let began = ContinuousClock.now

    var state = GetProgress()
    var review: ManifestReview?
    /// The manifest, and perhaps its signature.
    let companions: [Int]
    /// How the manifest compares with the hub that it names; nil where no hub was asked.
    var hubCheck: HubCheck.Outcome?
    /// Whether nobody seems to have the manifest, and the torrent's hashes must do.
    var goesWithoutManifest = false
    var destination: Destination?
    /// Files that still have to come, by place in the metainfo.
    var missing: Set<Int> = []
    /// What the engine has been told, by place in the metainfo.
    var wantedNow: [Bool] = []
    /// Whether pieces come from the first to the last.
    var isInOrder = false
    /// Files that were in the destination, and right.
    var present: Set<Int> = []
    /// Files that are whole in the workplace, and right.
    var verified: Set<Int> = []
    /// Files that were whole and wrong once.
    var suspects: Set<Int> = []
    /// Those of them that were copied from elsewhere on this machine.
    var copied: Set<Int> = []
    var copiedBytes: Int64 = 0
    /// Where other models of the registry have files of this one.
    var registryCopies: [Int: String] = [:]
    /// What is copied instead of being fetched.
    var copies: [Int: String] = [:]
    /// What the manifest says of files.
    var expectations: [Int: FileExpectation] = [:]
    /// Peers that have files by their Xet hashes.
    var swarm: SwarmCopy?
    /// Addresses that are asked already.
    var webSeeds: Set<String> = []
    /// Bytes of each file that were told to the observer.
    var told: [Int: Int64] = [:]
    /// Bytes of each file that the disk has not been asked to write yet.
    var unwritten: [Int: Int64] = [:]
    var resumed: Int64?
    /// Bytes that peers had sent in earlier runs: the engine's count goes on with its resume data.
    var receivedBefore: Int64 = 0
    var mostPeers = 0
    var lastNews = ContinuousClock.now
    var lastDone: Int64 = -1
    var lastKept = ContinuousClock.now
    /// How long it took last.
    var keeping = Duration.zero
    var hasWarnedOfWaiting = false
    /// Whether the engine has believed what was noted of the files.
    var hasResumeData = false

    init(
        order: GetOrder, context: GetContext, metainfo: Metainfo, choice: FileChoice, workplace: Workplace,
        observer: any TransferObserver, progress: @escaping @Sendable (GetProgress) -> Void
    ) {
        self.order = order
        self.context = context
        self.metainfo = metainfo
        self.choice = choice
        self.workplace = workplace
        self.observer = observer
        self.progress = progress
        companions = Self.companions(in: metainfo)
        state.hashes = metainfo.hashes
        state.name = metainfo.name
    }

    var engine: any TorrentEngine { context.engine }

    func run() async throws -> GetResult {
        tell(.checking)
        let torrent = try await begin()
        let observer = observer
        let feeder = PieceFeeder(metainfo, torrent: torrent, engine: engine) { observer.warned($0) }
        do {
            let result = try await withThrowingTaskGroup(of: GetResult?.self) { group in
                group.addTask {
                    await feeder.run()
                    return nil
                }
                group.addTask { try await self.fetch(torrent, feeder) }
                defer { group.cancelAll() }
                while let result = try await group.next() {
                    if let result { return result }
                }
                throw CancellationError()
            }
            await swarm?.leave()
            return result
        } catch {
            await swarm?.leave()
            await leave(torrent)
            throw error
        }
    }

    /// What is there stays for the next run; the engine may live on.
    private func leave(_ torrent: TorrentID) async {
        // In a task of its own: this one may be cancelled, and this has to be done all the same.
        await Task { [engine, workplace] in
            if let data = try? await engine.resumeData(of: torrent) { try? workplace.keep(resumeData: data) }
            try? await engine.remove(torrent)
        }.value
    }

    /// Tells how it stands.
    func tell(_ phase: GetProgress.Phase) {
        state.phase = phase
        progress(state)
    }

    // Beginning.

    /// Each once, those of the user first.
    private var trackers: [String] {
        var trackers = order.trackers
        if order.usesForeignTrackers { trackers += metainfo.trackers + (order.link?.trackers ?? []) }
        var known: Set<String> = []
        return trackers.filter { known.insert($0).inserted }
    }

    private func begin() async throws -> TorrentID {
        // It may give the same torrent to others, from where it lies.
        try await engine.requireNew(metainfo.hashes, called: metainfo.name)
        // The engine is told of no server that others name: ``WebSeed`` asks them, after a look at where they are.
        var wanted = TorrentOrder(.metainfo(Announcing.without(metainfo)), folder: workplace.parts)
        for place in metainfo.payload { wanted.places[place] = workplace.file(place) }
        // What nothing but its pieces proves is looked at again: after a power cut files may lack what was noted of them.
        let isProven = metainfo.hashes.v2 != nil || !companions.isEmpty
        wanted.resumeData = workplace.hasFiles && isProven ? workplace.resumeData : nil
        hasResumeData = wanted.resumeData != nil
        wanted.peers = order.peers + (order.link?.peers ?? [])
        wanted.trackers = trackers
        wanted.isPublic = order.isPublic && !metainfo.isPrivate
        registryCopies = findInRegistry()
        wantedNow = plainlyMissing()
        wanted.wanted = wantedNow
        if !workplace.hasFiles {
            let needed = metainfo.payload.reduce(0) { wantedNow[$1] ? $0 + metainfo.files[$1].size : $0 }
            try FreeSpace.require(needed, at: workplace.base)
        }
        wanted.urgent = Set(companions)
        let torrent = try await engine.add(wanted)
        if wanted.resumeData != nil { receivedBefore = (try? await engine.status(of: torrent))?.received ?? 0 }
        return torrent
    }

    private static func companions(in metainfo: Metainfo) -> [Int] {
        let found = metainfo.payload.filter { FileChoice.isCompanion(metainfo.files[$0].path) }
        // A signature alone signs nothing.
        return found.contains { metainfo.files[$0].path.name == ModelManifest.fileName } ? found : []
    }

    /// Everything that is not plainly on this machine already. The engine asks for the manifest before all else, and
    /// what comes until that was read is of use if it is right; to want more later would cost a pause.
    private func plainlyMissing() -> [Bool] {
        var wanted = [Bool](repeating: false, count: metainfo.files.count)
        let folder = order.folder ?? order.name.map { "\(context.folder.models)/\($0.id.folderPath)" }
        for place in metainfo.payload where choice.wanted[place] {
            let file = metainfo.files[place]
            let isThere = folder.map { FileFacts("\($0)/\(file.path)")?.size == file.size } ?? false
            wanted[place] = companions.contains(place) || !(isThere || registryCopies[place] != nil)
        }
        return wanted
    }

    // The way of a download.

    private func fetch(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws -> GetResult {
        await addWebSeeds(to: feeder)
        if companions.isEmpty {
            goesWithoutManifest = true
            try requireNoManifestAsked()
        } else {
            tell(.manifest)
            await feeder.want(wantedNow)
            try await readManifest(torrent, feeder)
            try await compareWithHub()
        }
        try await settle(torrent, feeder)
        try await bring(torrent, feeder)
        var result = try await finish(torrent, feeder)
        result.hubCheck = hubCheck
        return result
    }

    private func requireNoManifestAsked() throws(PublishError) {
        guard !order.needsManifest else {
            throw PublishError(
                .wrongContent, "the torrent has no manifest, and what was asked for needs one",
                hint: "do not use it; look for the model again with 'shoal discover'")
        }
        observer.warned("the torrent has no manifest: its files are checked against the torrent alone")
    }

    /// Waits for the manifest, and checks it before anything else is fetched.
    private func readManifest(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws {
        let asked = ContinuousClock.now
        while true {
            let status = try await look(torrent, feeder)
            let progress = try await engine.fileProgress(of: torrent)
            if status.phase != .checking, companions.allSatisfy({ progress[$0] == metainfo.files[$0].size }) { break }
            if !order.needsManifest, status.peers == 0, await feeder.hasSources,
                ContinuousClock.now - (await feeder.mayHave(companions) ? lastNews : asked) > context.timing.manifest
            {
                observer.warned("nobody has the manifest: the files are checked against the torrent alone")
                goesWithoutManifest = true
                return
            }
            try await pause()
        }
        try takeManifest()
    }

    private func takeManifest() throws {
        func bytes(_ name: String, _ limit: Int) -> [UInt8]? {
            companions.first { metainfo.files[$0].path.name == name }
                .flatMap { PlacedFile.read(workplace.file($0), limit: limit) }
        }
        guard let json = bytes(ModelManifest.fileName, ModelManifest.largest) else {
            throw PublishError(.localFile, "the manifest cannot be read in \(workplace.files)")
        }
        let review = try ManifestReview(
            json: json, signature: bytes(ManifestSignature.fileName, ManifestSignature.largest), in: metainfo,
            order: order, book: try TrustFile.read(context.folder),
            // Keys that cannot be used are for those to complain of who sign with them.
            own: (try? PublisherKeys.load(context.folder))?.identity)
        self.review = review
        state.name = review.id.description
        state.version = review.manifest.version
    }

    /// Looks at what is in the destination, and wants the rest.
    private func settle(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws {
        let destination = try chooseDestination()
        self.destination = destination
        let places = metainfo.payload.filter { choice.wanted[$0] && (review != nil || !companions.contains($0)) }
        for place in places { try destination.check(metainfo.files[place].path) }
        for place in places {
            let file = metainfo.files[place]
            observer.began(TransferItem(name: file.path.description, totalBytes: UInt64(file.size)))
            state.total += file.size
        }
        tell(.checking)
        expectations = review?.expectations(in: metainfo) ?? [:]
        try await findPresent(places, in: destination)
        missing = Set(places).subtracting(present).filter { metainfo.files[$0].size > 0 }
        var wanted = [Bool](repeating: false, count: metainfo.files.count)
        copies = findCopies()
        for place in missing where copies[place] == nil {
            wanted[place] = true
            await verify(place)
        }
        if wanted != wantedNow { try await engine.setWanted(wanted, of: torrent) }
        if hasResumeData, missing.contains(where: { expectation(of: $0).isEmpty }) { try await recheck(torrent) }
        wantedNow = wanted
        try await requireSpace(torrent)
        await addSources(to: feeder)
        await feeder.want(wanted)
        tell(.downloading)
    }

    /// Has the engine look at all pieces again.
    private func recheck(_ torrent: TorrentID) async throws {
        try await engine.recheck(torrent)
        while try await engine.status(of: torrent).phase == .checking { try await pause() }
    }

    /// Has a file hashed while it comes.
    func verify(_ place: Int) async {
        let file = metainfo.files[place]
        await verifier.add(
            FileVerifier.Job(
                file: place, path: workplace.file(place), size: file.size, expectation: expectation(of: place)))
    }

    func expectation(of place: Int) -> FileExpectation {
        expectations[place] ?? FileExpectation(root: metainfo.files[place].piecesRoot)
    }

    /// Copies what is on this machine, and watches the rest come.
    private func bring(_ torrent: TorrentID, _ feeder: PieceFeeder) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.copyFiles(torrent, feeder) }
            group.addTask { try await self.follow(torrent, feeder) }
            defer { group.cancelAll() }
            for try await _ in group {}
        }
    }

    private func requireSpace(_ torrent: TorrentID) async throws {
        let progress = try await engine.fileProgress(of: torrent)
        let there = missing.reduce(0) { $0 + progress[$1] }
        try FreeSpace.require(missing.reduce(0) { $0 + metainfo.files[$1].size } - there, at: workplace.base)
    }

    func pause() async throws { try await Task.sleep(for: context.timing.step) }
}
