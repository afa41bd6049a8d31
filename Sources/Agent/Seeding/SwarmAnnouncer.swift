internal import Swarm
internal import SwarmWire
internal import Xet

/// Joins the swarms of the files that a library has, and leaves those of files that are gone. Whoever finds this node
/// there is served without it.
actor SwarmAnnouncer {
    /// Swarms that are joined: the largest files first.
    static let maximumFiles = 10_000

    private let library: LocalSeedLibrary
    private let secrets: [SwarmSecret]
    /// The ways to find peers near and far.
    private let (near, far): ([any PeerDiscovery], [any PeerDiscovery])
    private let port: UInt16
    private let settling: Duration
    private var joined: [FileHash: (access: SeedAccess, tasks: [Task<Void, Never>])] = [:]

    init(
        library: LocalSeedLibrary, secrets: [SwarmSecret], near: [any PeerDiscovery], far: [any PeerDiscovery],
        port: UInt16, settling: Duration = .seconds(1)
    ) {
        self.library = library
        self.secrets = secrets
        self.near = near
        self.far = far
        self.port = port
        self.settling = settling
    }

    /// How many files are announced.
    var count: Int { joined.count }

    /// Works until the task is cancelled.
    func run() async {
        let changes = library.changes
        update()
        for await _ in changes {
            // One look is enough for all that changes in a moment.
            try? await Task.sleep(for: settling)
            if Task.isCancelled { break }
            update()
        }
        for entry in joined.values { for task in entry.tasks { task.cancel() } }
        for entry in joined.values { for task in entry.tasks { await task.value } }
    }

    private func update() {
        let wanted = library.largest(Self.maximumFiles, atLeast: .secretHolders)
        for (hash, entry) in joined where wanted[hash] != entry.access {
            for task in entry.tasks { task.cancel() }
            joined[hash] = nil
        }
        for (hash, access) in wanted where joined[hash] == nil { joined[hash] = (access, join(hash, access)) }
    }

    private func join(_ file: FileHash, _ access: SeedAccess) -> [Task<Void, Never>] {
        switch access {
        case .nobody: []
        case .secretHolders:
            secrets.flatMap { join(FileKey(file, secret: $0).id, .secret, near + far) }
        case .neighbours: join(FileKey(file).id, .local, near)
        case .everybody: join(FileKey(file).id, .open, near + far)
        }
    }

    /// Cancelled by ``update()`` or at the end of ``run()``.
    private func join(_ swarm: SwarmID, _ reach: SwarmReach, _ ways: [any PeerDiscovery]) -> [Task<Void, Never>] {
        ways.map { way in
            let state = AnnounceState(port: port, isSeeding: true, reach: reach)
            // Whom it finds is of no interest to who has everything.
            return Task { for await _ in way.peers(for: swarm, announcing: state) {} }
        }
    }
}
