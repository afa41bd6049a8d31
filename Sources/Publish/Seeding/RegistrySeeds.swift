internal import NIOPosix
internal import PublishWire

/// The registry as that of which a desk gives.
package struct RegistrySeeds: SeedSource {
    private let registry: Registry

    package init(_ registry: Registry) { self.registry = registry }

    package func items() async throws -> [SeedItem] {
        let registry = registry
        return try await NIOThreadPool.singleton.runIfActive {
            try registry.list().entries.filter(\.seeds).map { SeedItem($0, registry) }
        }
    }

    package func stopSeeding(_ item: SeedItem) async throws {
        guard let name = try? ModelName(parsing: item.key) else { return }
        do throws(PublishError) {
            try await registry.update(name) { $0.seeds = false }
        } catch  where error.code == .unknownModel {
            // It is gone altogether.
        }
    }
}

extension SeedItem {
    init(_ entry: RegistryEntry, _ registry: Registry) {
        self.init(
            key: entry.name.description, name: entry.id.description, version: entry.version,
            kind: entry.id.kind.rawValue, hashes: entry.hashes, torrentFile: registry.path(.torrent, of: entry),
            resumeFile: registry.path(.resume, of: entry), folder: entry.folder, size: entry.size)
        places = entry.places
        isPublic = entry.isPublic
        sources = entry.source.map { [(entry.id.kind == .dataset ? "datasets/" : "") + $0.repo] } ?? []
        // What was fetched was verified before it was put where it is, which is when it was added.
        hashedAt =
            entry.hashedAt
            ?? (entry.origin == .got
                ? (entry.added + 1).multipliedReportingOverflow(by: 1_000_000_000).partialValue : nil)
        goal = SeedGoal(
            ratio: entry.limits.seedRatio, time: entry.limits.seedTime.map { .seconds($0) })
    }
}
