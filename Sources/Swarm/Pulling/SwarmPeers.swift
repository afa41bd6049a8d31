package import Logging
package import SwarmWire
internal import Synchronization
package import Transfer
internal import Xet

/// The peers of a command that pulls: finds them, keeps the connections, which all files share, and gives to others what
/// it gets.
///
/// Nothing happens unless ``run()`` runs.
package final class SwarmPeers: PeerSource {
    package struct Settings: Sendable {
        /// Whether files may come from peers alone.
        package var isExclusive = false
        /// Of the private swarm in which files are asked for that not everybody may read; nil for none.
        package var secret: SwarmSecret?
        /// Connections that are dialled.
        package var mostConnections = 32
        /// How long it is waited for somebody where peers are the only source.
        package var patience: Duration = .seconds(20)
        /// Files of this run that are still offered when they are complete.
        package var mostKept = 64
        /// Files whose xorbs are looked for at a time.
        package var mostSearches = 4
        package var planner = PlannerSettings()

        package init() {}
    }

    private struct State {
        var links: [Int: PeerLink] = [:]
        var nextLink = 0
        var files: [ObjectIdentifier: SwarmFile] = [:]
        /// Addresses that are being dialled or are connected, with the files that wait for a dial to end; and when those
        /// that failed may be tried again.
        var busy: [PeerAddress: [SwarmFile]] = [:]
        var dialling: Set<PeerAddress> = []
        var resting = RestingAddresses()
        var kept: [RunningSeed] = []
    }

    let settings: Settings
    let node: PeerNode
    let library: LocalSeedLibrary
    let logger: Logger
    private let discoveries: [any PeerDiscovery]
    /// Where peers announce xorbs.
    let xorbTrackers: (any PeerDiscovery)?
    /// Files whose xorbs are being looked for.
    let searches = Mutex(0)
    private let port: UInt16?
    private let listener: PeerListener?
    private let state = Mutex(State())
    private typealias Job = @Sendable () async -> Void
    private let jobs: AsyncStream<Job>
    private let addJob: AsyncStream<Job>.Continuation

    /// - Parameters:
    ///   - node: serves from `library`.
    ///   - xorbTrackers: where peers of zest's kind are looked for by the xorbs of public files. It must have an identity
    ///     of its own: to those who look for xorbs this node gives none, so it is told that it does not listen.
    ///   - listener: where peers come in; nil when only we dial.
    package init(
        node: PeerNode, library: LocalSeedLibrary, discoveries: [any PeerDiscovery],
        xorbTrackers: (any PeerDiscovery)? = nil, listener: PeerListener? = nil, settings: Settings = .init(),
        logger: Logger
    ) {
        self.node = node
        self.library = library
        self.discoveries = discoveries
        self.xorbTrackers = xorbTrackers
        self.listener = listener
        self.settings = settings
        self.logger = logger
        port = listener?.address.port
        (jobs, addJob) = AsyncStream.makeStream(of: Job.self)
    }

    package var isExclusive: Bool { settings.isExclusive }
    package var forPrivateFiles: (any PeerSource)? {
        settings.secret.map { PrivateSwarms(peers: self, secret: $0) }
    }

    /// The same peers, for files that may go so far from here; nil where nobody is asked for them.
    package func giving(to access: SeedAccess) -> (any PeerSource)? {
        switch access {
        case .nobody: nil
        case .secretHolders: forPrivateFiles
        case .neighbours: NeighbourSwarms(peers: self)
        case .everybody: self
        }
    }

    /// Finds peers, dials, listens and serves, until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [node] in await node.run() }
            for discovery in discoveries { group.addTask { await discovery.run() } }
            if let xorbTrackers { group.addTask { await xorbTrackers.run() } }
            if let listener {
                group.addTask { [self] in
                    for await connection in listener.connections {
                        addJob.yield { [self] in await serve(connection) }
                    }
                }
            }
            for await job in jobs { group.addTask(operation: job) }
            group.cancelAll()
            for link in state.withLock({ Array($0.links.values) }) { link.connection.close() }
        }
    }

    package func join(_ request: XetFileRequest) -> any FileSwarm { join(FileKey(request.hash), .everybody) }

    package func open(_ request: XetFileRequest, by engine: TransferEngine) -> any PeerFile {
        open(FileKey(request.hash), .everybody, request, by: engine)
    }

    fileprivate func open(
        _ key: FileKey, _ access: SeedAccess, _ request: XetFileRequest, by engine: TransferEngine
    ) -> any PeerFile {
        let file = join(key, access)
        let reader = SwarmReader(file, request, engine: engine)
        addJob.yield { await file.whileMember { await reader.run() } }
        return reader
    }

    /// - Parameters:
    ///   - key: of the public swarm, or of one of those who know a secret.
    ///   - access: how far what comes may go from here, and how far it is told that somebody looks for it.
    func join(_ key: FileKey, _ access: SeedAccess) -> SwarmFile {
        let reach: SwarmReach =
            switch access {
            case .everybody: .open
            case .neighbours: .local
            case .secretHolders, .nobody: .secret
            }
        let announced = AnnounceState(port: port, reach: reach)
        let file = SwarmFile(key, access, of: self, announced: announced)
        let links = state.withLock { state in
            state.files[ObjectIdentifier(file)] = file
            return Array(state.links.values)
        }
        for link in links { file.meet(link) }
        for discovery in discoveries {
            file.expectDiscovery()
            addJob.yield { [self, weak file] in
                guard let file else { return }
                await file.whileMember {
                    for await addresses in discovery.peers(for: file.key.id, announcing: announced) {
                        for address in addresses { self.dial(address, for: file) }
                    }
                }
                file.discoveryEnded()
            }
        }
        // Nobody to hope for: where nobody is connected, nobody tells of others.
        addJob.yield { [self, weak file] in
            guard let file else { return }
            await file.whileMember {
                for await addresses in self.node.exchange.peers(for: file.key.id, announcing: announced) {
                    for address in addresses { self.dial(address, for: file) }
                }
            }
        }
        return file
    }

    /// Ends the interest in a file.
    func leave(_ file: SwarmFile) { state.withLock { $0.files[ObjectIdentifier(file)] = nil } }

    /// Goes on giving a file that is complete, as long as this process runs and not too many others come after it.
    func keep(_ seed: RunningSeed) {
        let old = state.withLock { state -> RunningSeed? in
            state.kept.append(seed)
            return state.kept.count > settings.mostKept ? state.kept.removeFirst() : nil
        }
        if let old { library.unregister(running: old) }
    }

    // MARK: Connections

    var openLinks: [PeerLink] { state.withLock { Array($0.links.values) } }

    private static let rest = Duration.seconds(10)

    func dial(_ address: PeerAddress, for file: SwarmFile) {
        guard file.reaches(address) else { return }
        let isNew = state.withLock { state -> Bool in
            if state.dialling.contains(address) {
                // Somebody else's call is this file's hope too.
                state.busy[address]?.append(file)
                file.expectDial()
                return false
            }
            guard state.busy[address] == nil, state.busy.count < settings.mostConnections,
                !state.resting.contains(address, now: .now)
            else { return false }
            state.busy[address] = [file]
            state.dialling.insert(address)
            file.expectDial()
            return true
        }
        guard isNew else { return }
        addJob.yield { [self] in
            do {
                let connection = try await node.connect(to: address)
                await serve(connection) { self.dialEnded(address, nil) }
            } catch {
                logger.debug("peer not reached", metadata: ["peer": "\(address)", "reason": "\(error)"])
                dialEnded(address, error)
            }
            state.withLock { state in
                state.busy[address] = nil
                state.resting.insert(address, until: .now + Self.rest, now: .now)
            }
        }
    }

    private func dialEnded(_ address: PeerAddress, _ error: (any Error)?) {
        let files = state.withLock { state -> [SwarmFile] in
            state.dialling.remove(address)
            return state.busy.updateValue([], forKey: address) ?? []
        }
        for file in files { file.dialEnded(error) }
    }

    /// Uses a connection until it ends.
    /// - Parameter met: called when files know of it.
    private func serve(_ connection: PeerConnection, met: () -> Void = {}) async {
        // Who has come with zest's dialect wants something, and may have nothing; it is served without our help.
        guard connection.dialect == .shoal || !connection.isIncoming else {
            met()
            for await _ in connection.events {}
            return
        }
        let opened = state.withLock { state -> (link: PeerLink, files: [SwarmFile])? in
            // Both sides may have dialled: one connection is enough to ask on, the other is there for the peer to ask.
            let isKnown =
                !connection.fingerprint.isEmpty
                && state.links.values.contains { $0.connection.fingerprint == connection.fingerprint }
            guard !isKnown else { return nil }
            state.nextLink += 1
            let link = PeerLink(connection, number: state.nextLink)
            state.links[link.number] = link
            return (link, Array(state.files.values))
        }
        guard let (link, files) = opened else {
            met()
            for await _ in connection.events {}
            return
        }
        for file in files { file.meet(link) }
        met()
        await withTaskCancellationHandler {
            await link.read()
        } onCancel: {
            connection.close()
        }
        state.withLock { $0.links[link.number] = nil }
    }
}

/// The same peers, as far as they know a secret.
private struct PrivateSwarms: PeerSource {
    let peers: SwarmPeers
    let secret: SwarmSecret

    var isExclusive: Bool { peers.isExclusive }
    var forPrivateFiles: (any PeerSource)? { self }

    func join(_ request: XetFileRequest) -> any FileSwarm {
        peers.join(FileKey(request.hash, secret: secret), .secretHolders)
    }

    func open(_ request: XetFileRequest, by engine: TransferEngine) -> any PeerFile {
        peers.open(FileKey(request.hash, secret: secret), .secretHolders, request, by: engine)
    }
}

/// The same peers, as far as they are on this network.
private struct NeighbourSwarms: PeerSource {
    let peers: SwarmPeers

    var isExclusive: Bool { peers.isExclusive }
    var forPrivateFiles: (any PeerSource)? { peers.forPrivateFiles }

    func join(_ request: XetFileRequest) -> any FileSwarm { peers.join(FileKey(request.hash), .neighbours) }

    func open(_ request: XetFileRequest, by engine: TransferEngine) -> any PeerFile {
        peers.open(FileKey(request.hash), .neighbours, request, by: engine)
    }
}
