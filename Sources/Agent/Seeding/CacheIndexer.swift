internal import ChunkStore
internal import HubClient
internal import Logging
internal import NIOPosix
package import Swarm
internal import Synchronization
internal import Xet

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Fills a library with what Hugging Face caches on this disk hold, and keeps it up to date: looks at each repository
/// when something happens in its folder, asks the hub about those of unknown visibility, and has files cut that came
/// without a chunk list.
package actor CacheIndexer {
    package struct Settings: Sendable {
        package var caches: [String] = []
        /// Repositories to look at, as shell patterns; all when there is none.
        package var repos: [String] = []
        package var policy = SeedPolicy()
        /// How long to wait for more after something has happened.
        var settling: Duration = .seconds(1)
        /// How often folders are looked at that the system does not watch, and those that it does.
        var polling: (unwatched: Duration, watched: Duration) = (.seconds(30), .seconds(600))
        /// The pause between two questions to the hub, and before one is asked again that was answered, or was not.
        var asking: (pause: Duration, again: Duration, unanswered: Duration) = (
            .milliseconds(200), .seconds(3600), .seconds(300)
        )
    }

    /// How far it is.
    package struct Progress: Sendable, Hashable {
        package var repositories = 0
        package var files = 0
        package var bytes: UInt64 = 0
        /// Commits whose visibility is not known yet.
        package var unknown = 0
        /// Files that wait for being cut.
        package var unlisted = 0
        /// Whether every repository was looked at.
        package var isComplete = false

        package init() {}
    }

    private struct Question: Hashable {
        var folder: String
        var commit: String
    }

    private let settings: Settings
    private let library: LocalSeedLibrary
    private let hub: Hub
    private let shelf: ManifestShelf?
    private let hasher: IdleHasher?
    private let logger: Logger
    private let watcher = FolderWatcher()
    private let revision = Atomic<UInt64>(0)
    private let (looks, lists, questions) = (Bell(), Bell(), Bell())

    private var fingerprints: [String: Int] = [:]
    private var pending: Set<String> = []
    private var unlisted: [String: [SeedFile]] = [:]
    /// Questions that no hub has answered yet.
    private var unknown: Set<Question> = []
    /// When folders have to be looked at though nothing happens in them: answers grow old.
    private var aging: [String: ContinuousClock.Instant] = [:]
    private var asked: [Question: ContinuousClock.Instant] = [:]
    private var isComplete = false
    private var listeners: [AsyncStream<Progress>.Continuation] = []

    init(
        _ settings: Settings, library: LocalSeedLibrary, hub: Hub, shelf: ManifestShelf?, hasher: IdleHasher?,
        logger: Logger
    ) {
        self.settings = settings
        self.library = library
        self.hub = hub
        self.shelf = shelf
        self.hasher = hasher
        self.logger = logger
    }

    /// A number that is another one after something has changed.
    nonisolated var changes: UInt64 { revision.load(ordering: .relaxed) }

    /// How far it is, from now on.
    package func progress() -> AsyncStream<Progress> {
        let (stream, continuation) = AsyncStream.makeStream(of: Progress.self, bufferingPolicy: .bufferingNewest(1))
        listeners.append(continuation)
        continuation.yield(current)
        return stream
    }

    /// Works until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.look() }
            group.addTask { await self.follow() }
            group.addTask { await self.poll() }
            group.addTask { await self.ask() }
            group.addTask { await self.remind() }
            group.addTask { await self.list() }
        }
        for listener in listeners { listener.finish() }
    }

    var current: Progress {
        let totals = library.totals
        var progress = Progress()
        progress.repositories = fingerprints.count
        progress.files = totals.files
        progress.bytes = totals.bytes
        progress.unknown = unknown.count
        progress.unlisted = unlisted.values.reduce(0) { $0 + $1.count }
        progress.isComplete = isComplete
        return progress
    }

    private func tell() {
        revision.wrappingAdd(1, ordering: .relaxed)
        for listener in listeners { listener.yield(current) }
    }

    // MARK: Looking

    /// Looks at what is pending, each time after a moment in which more may happen.
    private func look() async {
        await findChanges()
        for await _ in looks.rings {
            if isComplete { try? await Task.sleep(for: settings.settling) }
            while let folder = pending.popFirst(), !Task.isCancelled { await look(at: folder) }
            isComplete = true
            tell()
        }
    }

    private func look(at folder: String) async {
        let (policy, shelf) = (settings.policy, shelf)
        let found = try? await NIOThreadPool.singleton.runIfActive {
            (
                SeedableRepo.fingerprint(of: folder), SeedableRepo(folder: folder).map { RepoSeeds($0, policy, shelf) },
                SeedableRepo.foldersToWatch(in: folder)
            )
        }
        guard let (fingerprint, seeds, folders) = found else { return }
        for folder in folders { watcher.watch(folder) }
        fingerprints[folder] = fingerprint
        library.replace(group: folder, with: seeds?.ready ?? [])
        unlisted[folder] = hasher == nil || seeds?.unlisted.isEmpty != false ? nil : seeds?.unlisted
        let waiting = unknown.filter { $0.folder == folder }
        unknown.subtract(waiting)
        for commit in seeds?.unknownCommits ?? [] {
            let question = Question(folder: folder, commit: commit)
            if waiting.contains(question) || !wasAsked(question, within: settings.asking.again) {
                unknown.insert(question)
            }
        }
        aging[folder] = seeds?.untilAging(again: settings.asking.again).map { .now + $0 }
        lists.ring()
        questions.ring()
        tell()
    }

    /// Notes what the system tells.
    private func follow() async {
        for await path in watcher.changes {
            // More happened than was told: the times of the folders tell where.
            if path.isEmpty { await findChanges() } else { note(changeIn: path) }
        }
    }

    private func note(changeIn path: String) {
        guard let cache = settings.caches.first(where: { path == $0 || path.hasPrefix($0 + "/") }) else { return }
        guard path != cache, let name = path.dropFirst(cache.count + 1).split(separator: "/").first else {
            for folder in folders(of: cache) where fingerprints[folder] == nil { pending.insert(folder) }
            return looks.ring()
        }
        let folder = "\(cache)/\(name)"
        if isWanted(folder) { pending.insert(folder) }
        looks.ring()
    }

    private func poll() async {
        while !Task.isCancelled {
            let interval = watcher.isAvailable ? settings.polling.watched : settings.polling.unwatched
            try? await Task.sleep(for: interval)
            await findChanges()
        }
    }

    /// Finds by the times of folders what has to be looked at.
    private func findChanges() async {
        let (caches, known) = (settings.caches, fingerprints)
        // One that was not there before may be now.
        for cache in caches { watcher.watch(cache) }
        let found = try? await NIOThreadPool.singleton.runIfActive {
            caches.flatMap { SeedableRepo.folders(in: $0) }.filter { SeedableRepo.fingerprint(of: $0) != known[$0] }
        }
        for folder in found ?? [] where isWanted(folder) { pending.insert(folder) }
        for folder in known.keys where access(folder, F_OK) != 0 {
            library.replace(group: folder, with: [])
            fingerprints[folder] = nil
            aging[folder] = nil
            unlisted[folder] = nil
            unknown = unknown.filter { $0.folder != folder }
        }
        looks.ring()
    }

    private func folders(of cache: String) -> [String] { SeedableRepo.folders(in: cache).filter(isWanted) }

    private func isWanted(_ folder: String) -> Bool {
        guard let repo = SeedableRepo.reference(folder: folder) else { return false }
        return settings.repos.isEmpty || settings.repos.contains { Glob.matches($0, repo.description) }
    }

    // MARK: Asking

    private func wasAsked(_ question: Question, within time: Duration) -> Bool {
        asked[question].map { ContinuousClock.now - $0 < time } ?? false
    }

    /// Has questions asked again that the hub did not answer, and such whose answers have grown old.
    private func remind() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: settings.asking.unanswered)
            for (folder, time) in aging where time <= .now {
                aging[folder] = nil
                pending.insert(folder)
            }
            asked = asked.filter { wasAsked($0.key, within: settings.asking.again) }
            if !pending.isEmpty { looks.ring() }
            if !unknown.isEmpty { questions.ring() }
        }
    }

    /// Asks the hub, one question at a time, who may read what.
    private func ask() async {
        for await _ in questions.rings {
            while let question = unknown.first(where: { !wasAsked($0, within: settings.asking.unanswered) }),
                !Task.isCancelled
            {
                asked[question] = .now
                let answer = (try? await hub.lookUpVisibility(of: question.commit, in: question.folder)) ?? .unknown
                // While the hub is away nothing is known, and the question stays.
                if answer != .unknown { unknown.remove(question) }
                logger.info(
                    "visibility asked",
                    metadata: [
                        "folder": "\(question.folder)", "commit": "\(question.commit)", "answer": "\(answer)",
                    ])
                if answer != .unknown {
                    pending.insert(question.folder)
                    looks.ring()
                }
                tell()
                try? await Task.sleep(for: settings.asking.pause)
            }
        }
    }

    // MARK: Listing

    /// Has files cut, one at a time, smallest repositories first so that something can be given soon.
    private func list() async {
        guard let hasher else { return }
        for await _ in lists.rings {
            while !Task.isCancelled,
                let (folder, files) = unlisted.min(by: { $0.value.count < $1.value.count }),
                let file = files.min(by: { $0.size < $1.size })
            {
                let outcome = try? await hasher.list(file.path, file.hash, size: file.size)
                unlisted[folder]?.removeAll { $0 == file }
                if unlisted[folder]?.isEmpty == true { unlisted[folder] = nil }
                logger.info("cut for peers", metadata: ["file": "\(file.path)", "outcome": "\(outcome as Any)"])
                if outcome == .listed {
                    pending.insert(folder)
                    looks.ring()
                }
                tell()
            }
        }
    }
}

/// What of a repository can be given, and what could be if it were cut into chunks.
private struct RepoSeeds: Sendable {
    var ready: [SeedFile] = []
    var unlisted: [SeedFile] = []
    var unknownCommits: [String]
    private var hasAged: Bool
    private var untilAging: Duration?

    /// How long what the hub has said holds good.
    /// - Parameter again: where it does not any more, the pause before the next look.
    func untilAging(again: Duration) -> Duration? { hasAged ? min(again, untilAging ?? again) : untilAging }

    /// Blocks.
    init(_ repo: SeedableRepo, _ policy: SeedPolicy, _ shelf: ManifestShelf?) {
        unknownCommits = repo.unknownCommits + repo.agedCommits
        hasAged = !repo.agedCommits.isEmpty
        untilAging = repo.untilAging
        let name = repo.repo.description
        for file in repo.files {
            let reach = policy.access(isPublic: file.visibility == .public) { Glob.matches($0, name) }
            guard reach > .nobody else { continue }
            let lists = ["\(repo.manifestFolder)/\(file.hash).manifest", shelf?.path(of: file.hash)]
            let isListed =
                file.size <= ManifestShelf.smallestFile
                || lists.contains { $0.map { access($0, R_OK) == 0 } ?? false }
            let seed = SeedFile(
                hash: file.hash, size: file.size, path: file.content, manifestFolder: repo.manifestFolder,
                access: reach)
            if isListed { ready.append(seed) } else { unlisted.append(seed) }
        }
        // Nothing of this repository goes anywhere, so nobody needs to know.
        if policy.access(isPublic: true, matches: { Glob.matches($0, name) }) == .nobody {
            (unknownCommits, hasAged, untilAging) = ([], false, nil)
        }
    }
}

/// Wakes one task; rings while it is awake are one.
private struct Bell: Sendable {
    let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (rings, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func ring() { continuation.yield() }
}
