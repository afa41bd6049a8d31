package import HubClient
internal import HubWire
package import PublishWire

/// Puts what was fetched into the Hugging Face cache, as a pull of the same commit would have.
package struct CachePlacing: Sendable {
    private let hub: Hub

    package init(_ hub: Hub) {
        self.hub = hub
    }

    /// Refuses, before anything is fetched, what can be seen not to work.
    package static func requirePossible(_ order: GetOrder) throws(PublishError) {
        guard case .metainfo(let metainfo) = order.subject else { return }
        guard metainfo.files.contains(where: { FileChoice.isCompanion($0.path) }) else { throw noManifest }
    }

    private static var noManifest: PublishError {
        PublishError(
            .refused, "the torrent has no manifest, so there is no repository in the cache that its files belong to",
            hint: "leave out --hf-cache")
    }

    /// - Returns: the path of the snapshot.
    package func place(_ result: GetResult) async throws -> String {
        guard let manifest = result.manifest else { throw Self.noManifest }
        guard let commit = manifest.source?.commit ?? manifest.revision else {
            throw PublishError(
                .refused, "the manifest of \(manifest.name) names no commit, and snapshots in the cache are called after one",
                hint: "its files are in \(result.folder); leave out --hf-cache")
        }
        let repo = RepoReference(
            type: manifest.kind == .dataset ? .dataset : .model, id: manifest.source?.repo ?? manifest.name,
            revision: commit)
        let listing = await listing(of: repo, manifest)
        var byPath: [String: ModelManifest.File] = [:]
        for file in manifest.files { byPath[file.path.description] = file }
        var files: [AdoptedFile] = []
        for file in result.files {
            guard let known = byPath[file.path] else { continue }
            let told = listing?[file.path]
            files.append(
                AdoptedFile(
                    path: file.path, size: UInt64(file.size), source: "\(result.folder)/\(file.path)",
                    sha256: known.sha256.map { Hex.encode($0) }, blobID: told?.blobID ?? known.gitOID.map { Hex.encode($0) },
                    isLarge: told.map { $0.sha256 != nil }))
        }
        return try await hub.adopt(files, of: repo, revision: "main")
    }

    /// What the hub says of the commit; it decides what large files are. Nil when it cannot be asked.
    private func listing(of repo: RepoReference, _ manifest: ModelManifest) async -> [String: RepoFile]? {
        guard !hub.settings.isOffline, let files = try? await hub.listFiles(of: repo) else { return nil }
        return Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
    }
}
