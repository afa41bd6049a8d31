package import HubClient
internal import HubWire
package import PublishWire

/// Puts what was fetched into the Hugging Face cache, as a pull of the same commit would have.
///
/// Python's libraries run what they find there, and it is the publisher who says which repository and commit a model is
/// a copy of. So the hub is asked, and every file has to be what it has at that commit. Where the hub cannot tell, only
/// the publisher is believed to whom the user has given the repository's namespace.
package struct CachePlacing: Sendable {
    private let hub: Hub
    private let folder: PublishFolder

    /// - Parameter folder: of the trust book.
    package init(_ hub: Hub, _ folder: PublishFolder) {
        self.hub = hub
        self.folder = folder
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
                .refused,
                "the manifest of \(manifest.name) names no commit, which the cache would call it after",
                hint: "its files are in \(result.folder); leave out --hf-cache")
        }
        let repo = RepoReference(
            type: manifest.kind == .dataset ? .dataset : .model, id: manifest.source?.repo ?? manifest.name,
            revision: commit)
        let listing = await listing(of: repo)
        if listing == nil { try requireOwner(of: repo, result) }
        var byPath: [String: ModelManifest.File] = [:]
        for file in manifest.files { byPath[file.path.description] = file }
        var files: [AdoptedFile] = []
        for file in result.files {
            guard let known = byPath[file.path] else { continue }
            var adopted = AdoptedFile(
                path: file.path, size: UInt64(file.size), source: "\(result.folder)/\(file.path)",
                sha256: known.sha256.map { Hex.encode($0) }, blobID: known.gitOID.map { Hex.encode($0) }, isLarge: nil)
            if let listing {
                let told = try Self.check(adopted, listing[file.path], repo)
                // That of a large file is of the pointer; that of others is compared when its content is read.
                (adopted.blobID, adopted.isLarge) = (told.blobID, told.sha256 != nil)
            }
            files.append(adopted)
        }
        // A commit of long ago must not become the one that is meant where none is named.
        let isHead = listing == nil ? true : await head(of: repo) == commit
        return try await hub.adopt(files, of: repo, revision: isHead ? "main" : nil)
    }

    /// What the hub says of the commit. Nil when it cannot be asked, or knows of none.
    private func listing(of repo: RepoReference) async -> [String: RepoFile]? {
        guard !hub.settings.isOffline, let files = try? await hub.listFiles(of: repo) else { return nil }
        return Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
    }

    /// The commit that the hub's main branch stands for; nil when it cannot be asked.
    private func head(of repo: RepoReference) async -> String? {
        try? await hub.repoInfo(RepoReference(type: repo.type, id: repo.id)).sha
    }

    private static func check(
        _ file: AdoptedFile, _ told: RepoFile?, _ repo: RepoReference
    ) throws(PublishError) -> RepoFile {
        guard let told, told.size == file.size, told.sha256 == nil || told.sha256 == file.sha256 else {
            let what = told == nil ? "has no \(file.path)" : "has other content in \(file.path)"
            throw PublishError(
                .wrongContent, "\(repo.id) at the hub \(what), so this is no copy of it",
                hint: "do not use it, and ask its publisher; 'shoal pull \(repo.id)' fetches it from the hub")
        }
        return told
    }

    /// Only the user's own word makes up for the hub's: a pin of the first use is what a stranger has said.
    private func requireOwner(of repo: RepoReference, _ result: GetResult) throws(PublishError) {
        let namespace = CatalogueID("\(repo.id)")?.namespace
        if let publisher = result.publisher, let namespace,
            let pin = try TrustFile.read(folder).pin(of: namespace), pin.key == publisher, pin.origin != .firstUse
        {
            return
        }
        throw PublishError(
            .refused,
            "\(hub.settings.endpoint) does not tell what \(repo.id) has at this commit, so nobody knows whether this is it",
            hint: "its files are in \(result.folder); run the same command again when the hub can be reached")
    }
}
