internal import Foundation
internal import HubWire
internal import NIOPosix
internal import Publish
internal import PublishWire
internal import Synchronization

/// The models of this machine: those of the caches, and those of the registry.
final class ModelBook: Sendable {
    private let shelf: ModelShelf
    private let host: TorrentHost?
    /// Manifests by the short hash of their torrent, which they never leave; nil for those that have none.
    private let manifests = Mutex<[[UInt8]: ModelManifest?]>([:])

    private static let mostManifests = 2_000

    init(shelf: ModelShelf, host: TorrentHost?) {
        self.shelf = shelf
        self.host = host
    }

    func list() async throws -> [ModelDocument] {
        let cached = try await shelf.list()
        guard let host else { return cached.map { ModelDocument(shelf: $0) } }
        let registry = host.registry
        let entries = try await NIOThreadPool.singleton.runIfActive { try registry.list().entries }
        var published: [String: [RegistryEntry]] = [:]
        for entry in entries { published[entry.id.description, default: []].append(entry) }
        var documents: [ModelDocument] = []
        for model in cached {
            let key = (model.type == "dataset" ? "datasets/" : "") + model.name
            let isPublishable = model.type != "space"
            documents.append(await document(model, isPublishable ? published.removeValue(forKey: key) ?? [] : []))
        }
        for versions in published.sorted(by: { $0.key < $1.key }).map(\.value) {
            guard let first = Self.ordered(versions).first else { continue }
            let entry = ModelShelf.Entry(
                name: first.id.text, type: first.id.kind.rawValue, files: first.fileCount,
                bytes: UInt64(max(0, first.size)), seededFiles: 0, seededBytes: 0)
            documents.append(await document(entry, versions))
        }
        return documents
    }

    private func document(_ entry: ModelShelf.Entry, _ versions: [RegistryEntry]) async -> ModelDocument {
        var document = ModelDocument(shelf: entry)
        for version in Self.ordered(versions) {
            let transfer = await host?.desk.transfer(seeding: version.name.description)
            document.versions.append(.init(version, transferID: transfer?.id))
            if document.versions.count == 1 { document.facts = manifest(of: version) }
        }
        return document
    }

    /// `main` first, then the latest.
    private static func ordered(_ versions: [RegistryEntry]) -> [RegistryEntry] {
        versions.sorted { one, other in
            let (isMain, isOtherMain) = (one.version == ModelVersion.usual, other.version == ModelVersion.usual)
            if isMain != isOtherMain { return isMain }
            return (one.added, one.version) > (other.added, other.version)
        }
    }

    private func manifest(of entry: RegistryEntry) -> ModelManifest? {
        let key = entry.hashes.short
        if let known = manifests.withLock({ $0[key] }) { return known }
        var manifest = host?.registry.bytes(.manifest, of: entry).flatMap { try? ModelManifest(json: $0) }
        // The list of files is what takes space, and nobody asks for it here.
        manifest?.files = []
        let found = manifest
        manifests.withLock { known in
            if known.count >= Self.mostManifests { known.removeAll() }
            known[key] = .some(found)
        }
        return found
    }

    /// `GET /v1/models/{org}/{name}`: the manifest, and what belongs to it.
    /// - Returns: nil when there is nothing of that name.
    func detail(_ name: ModelName) async throws -> JSONValue? {
        guard let host else { return try await cached(name) }
        let registry = host.registry
        guard
            let entry = try await NIOThreadPool.singleton.runIfActive({
                try registry.find(name.id, version: name.version)
            })
        else { return try await cached(name) }
        var members: [String: JSONValue] = [:]
        if let bytes = registry.bytes(.manifest, of: entry),
            case .object(let manifest)? = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        {
            members = manifest
        }
        let transfer = await host.desk.transfer(seeding: entry.name.description)
        let version = ModelDocument.Version(entry, transferID: transfer?.id)
        if case .object(let own)? = try? JSONDecoder().decode(JSONValue.self, from: AgentJSON.bytes(version)) {
            // The manifest has its own list of files.
            members.merge(own) { manifest, _ in manifest }
        }
        members["name"] = .string(entry.id.text)
        members["type"] = .string(entry.id.kind.rawValue)
        members["info_hash"] = (entry.hashes.v1 ?? entry.hashes.v2).map { .string(Hex.encode($0)) } ?? .null
        members["magnet_uri"] = .string(entry.magnet)
        members["path"] = .string(entry.folder)
        return .object(members)
    }

    private func cached(_ name: ModelName) async throws -> JSONValue? {
        guard name.version == nil else { return nil }
        let entry = try await shelf.list().first { $0.name == name.id.text && $0.type == name.id.kind.rawValue }
        return entry.flatMap { try? JSONDecoder().decode(JSONValue.self, from: AgentJSON.bytes($0)) }
    }
}
