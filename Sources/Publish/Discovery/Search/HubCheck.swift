internal import Crypto
package import HubClient
internal import HubWire
package import PublishWire

/// Compares what a publisher offers with the repository of the hub that it says it is a copy of: the hub's hashes, told
/// over TLS, are the anchor there, not the publisher's key.
package struct HubCheck: Sendable {
    package enum Outcome: Sendable, Hashable {
        /// All files are the hub's, at this commit.
        case verified(commit: String)
        /// Some are not.
        case differs([String])
        /// The hub has no such repository or commit, or the publisher names none.
        case notOnHub
        /// The hub could not be asked; with the reason.
        case unknown(String)

        /// As in JSON.
        package var word: String {
            switch self {
            case .verified: "verified"
            case .differs: "differs"
            case .notOnHub: "not_on_hub"
            case .unknown: "unknown"
            }
        }
    }

    private let hub: Hub
    /// Differences that are told.
    private static let mostDifferences = 20

    package init(_ hub: Hub) { self.hub = hub }

    /// Compares the files of a manifest with the hub's.
    package func check(_ manifest: ModelManifest) async -> Outcome {
        guard let source = manifest.source else { return .notOnHub }
        guard Self.isSame(source.endpoint, hub.settings.endpoint) else {
            return .unknown("it names another hub, \(source.endpoint)")
        }
        let type: RepoType = manifest.kind == .dataset ? .dataset : .model
        do {
            let repo = RepoReference(type: type, id: source.repo, revision: source.commit)
            let files = try await hub.listFiles(of: repo)
            return Self.compare(manifest, with: files, commit: source.commit)
        } catch let error as HubError {
            return Self.isAbsent(error) ? .notOnHub : .unknown(error.message)
        } catch {
            return .unknown("\(error)")
        }
    }

    static func isSame(_ one: String, _ other: String) -> Bool {
        func plain(_ text: String) -> String { (text.hasSuffix("/") ? String(text.dropLast()) : text).lowercased() }
        return plain(one) == plain(other)
    }

    static func isAbsent(_ error: HubError) -> Bool {
        error.code == .repoNotFound || error.code == .revisionNotFound
    }

    /// Compares by the hashes that both know: SHA-256 of large files, git's id of the others.
    static func compare(_ manifest: ModelManifest, with files: [RepoFile], commit: String) -> Outcome {
        let known = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        var differences: [String] = []
        for file in manifest.files {
            let path = file.path.description
            guard let theirs = known[path] else {
                differences.append("\(path) is not on the hub")
                continue
            }
            if let difference = difference(file, theirs) { differences.append("\(path) \(difference)") }
            if differences.count >= mostDifferences { break }
        }
        return differences.isEmpty ? .verified(commit: commit) : .differs(differences)
    }

    private static func difference(_ ours: ModelManifest.File, _ theirs: RepoFile) -> String? {
        guard UInt64(clamping: ours.size) == theirs.size else { return "has another size" }
        if let sha256 = theirs.sha256 {
            guard let own = ours.sha256 else { return "has no hash to compare" }
            return Hexadecimal.encode(own) == sha256 ? nil : "has other content"
        }
        guard let oid = ours.gitOID else { return "has no hash that the hub knows" }
        return Hexadecimal.encode(oid) == theirs.blobID ? nil : "has other content"
    }

    /// What can be said of a listing without its manifest: whether the largest files have the hub's Xet hashes.
    package func check(_ entry: CatalogueEntry) async -> Outcome {
        let type: RepoType = entry.id.kind == .dataset ? .dataset : .model
        if let endpoint = entry.hub, !Self.isSame(endpoint, hub.settings.endpoint) {
            return .unknown("it names another hub, \(endpoint)")
        }
        let isCommit = Hexadecimal.decode(entry.revision)?.count == 20
        guard let id = RepoID(entry.id.text) else { return .notOnHub }
        do {
            let repo = RepoReference(type: type, id: id, revision: isCommit ? entry.revision : nil)
            let files = try await hub.listFiles(of: repo)
            return Self.compare(entry, with: files, isCommit: isCommit)
        } catch let error as HubError {
            return Self.isAbsent(error) ? .notOnHub : .unknown(error.message)
        } catch {
            return .unknown("\(error)")
        }
    }

    static func compare(_ entry: CatalogueEntry, with files: [RepoFile], isCommit: Bool) -> Outcome {
        guard !entry.xet.isEmpty else { return .unknown("it lists no hashes that the hub knows") }
        let known = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        let differences = entry.xet.filter { known[$0.path]?.xetHash != $0.hash }.map { "\($0.path) has other content" }
        guard differences.isEmpty else {
            // Against a branch that moves on, a difference proves nothing.
            return isCommit ? .differs(differences) : .unknown("it names no commit to compare with")
        }
        return .verified(commit: isCommit ? entry.revision : "")
    }
}
