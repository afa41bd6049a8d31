internal import HubClient
internal import Logging
internal import NIOPosix
internal import Swarm
internal import Synchronization

/// What the caches of this machine hold, as `GET /v1/models` tells it.
final class ModelShelf: Sendable {
    struct Entry: Encodable, Sendable {
        var name: String
        var type: String
        var files: Int
        var bytes: UInt64
        var seededFiles: Int
        var seededBytes: UInt64

        enum CodingKeys: String, CodingKey {
            case name, type, files, bytes
            case seededFiles = "seeded_files"
            case seededBytes = "seeded_bytes"
        }
    }

    /// How long a look at the disk is good for.
    private static let lifetime = Duration.seconds(2)

    private let caches: [String]
    private let library: LocalSeedLibrary?
    private let logger: Logger
    private let known = Mutex<(entries: [Entry], seen: ContinuousClock.Instant)?>(nil)

    init(caches: [String], library: LocalSeedLibrary?, logger: Logger) {
        self.caches = caches
        self.library = library
        self.logger = logger
    }

    func list() async throws -> [Entry] {
        if let known = known.withLock({ $0 }), known.seen.duration(to: .now) < Self.lifetime { return known.entries }
        let (caches, library, logger) = (caches, library, logger)
        let entries = try await NIOThreadPool.singleton.runIfActive {
            caches.flatMap { cache in
                // A cache that is not there yet holds nothing.
                ((try? CacheInventory(scanning: cache, logger: logger))?.repos ?? []).map { Self.entry($0, library) }
            }
        }
        known.withLock { $0 = (entries, .now) }
        return entries
    }

    private static func entry(_ repo: CachedRepo, _ library: LocalSeedLibrary?) -> Entry {
        let seeds = library.flatMap { library in
            SeedableRepo(folder: repo.path)?.files.filter { library.gives($0.hash) }
        }
        return Entry(
            name: repo.id, type: repo.type, files: repo.fileCount, bytes: repo.size, seededFiles: seeds?.count ?? 0,
            seededBytes: seeds?.reduce(0) { $0 + $1.size } ?? 0)
    }
}
