internal import HubClient
internal import HubWire
package import PublishWire

/// The history of a repository, as a bare one that anybody can clone from the folder that it lies in.
///
/// It is published under a name of its own, so that every file of the model itself can be had from the hub. Nothing but
/// what everybody may read is mirrored, so git is run without credentials and without the user's settings.
package struct GitHistory: Sendable {
    private let address: MirrorAddress
    private let depth: Int
    private let id: CatalogueID
    private let noteChild: @Sendable (Int32) -> Void

    package init(
        _ address: MirrorAddress, depth: Int, id: CatalogueID, noteChild: @escaping @Sendable (Int32) -> Void = { _ in }
    ) {
        self.address = address
        self.depth = depth
        self.id = id
        self.noteChild = noteChild
    }

    /// Hubs give no repository a name that ends in `.git`.
    package func name() throws(PublishError) -> CatalogueID {
        guard let name = CatalogueID(id.text + "-git", kind: id.kind) else {
            throw PublishError(
                .badName, "\(id.text)-git is too long for a name", hint: "give the mirror a shorter one with --name")
        }
        return name
    }

    private var revision: String { address.repo.effectiveRevision }

    /// A later history holds the earlier ones, so there is one version for each branch.
    package var version: String {
        let name = revision.split(separator: "/").joined(separator: "+")
        guard (try? ModelVersion.check(name)) == nil else { return name }
        return "branch-" + Hexadecimal.encode(Digest.sha256(Array(revision.utf8)).prefix(8))
    }

    /// What its manifest says of it.
    var description: String {
        let extent = depth == 1 ? "the last commit" : "the last \(depth) commits"
        return "Git history of \(id), \(extent); large files are pointers."
    }

    /// Whether a folder holds the branch as it is at a commit.
    func isCurrent(_ folder: String, at commit: String) -> Bool {
        let line = PlacedFile.read("\(folder)/refs/heads/\(revision)", limit: 64) ?? []
        return line.starts(with: commit.utf8)
    }

    /// Clones it, in place of an older one.
    /// - Parameter registry: of the folder of models that it goes to.
    /// - Returns: the folder of the bare repository.
    /// - Throws: ``PublishError`` with code `file_exists` when something else lies there.
    package func fetch(for registry: Registry) async throws -> String {
        let place = "\(registry.folder.models)/\(try name().folderPath)"
        let folder = version == ModelVersion.usual ? place : "\(place)@\(version)"
        try requireOwn(folder, registry)
        let (parent, own) = (FolderPath.folder(of: folder), FolderPath.name(of: folder))
        let lock = try await PlaceLock.acquire("\(parent)/.lock-\(own)")
        defer { withExtendedLifetime(lock) {} }
        // What runs that were cut short have left.
        for name in try PlacedFile.names(in: parent) ?? [] where name.hasPrefix(".new-\(own).") {
            FolderSwap.remove("\(parent)/\(name)")
        }
        let temporary = "\(parent)/.new-\(own).\(UInt32.random(in: .min ... .max))"
        do {
            try await run([
                "clone", "--bare", "--quiet", "--no-tags", "--single-branch", "--template=", "--depth=\(depth)",
                "--branch=\(revision)", "--", address.page, temporary,
            ])
            try settle(temporary)
            try PlacedFile.write([], to: "\(temporary)/\(Self.mark)")
            try requireOwn(folder, registry)
            try FolderSwap.replace(folder, with: temporary)
        } catch {
            FolderSwap.remove(temporary)
            throw error
        }
        return folder
    }

    /// Says that a folder is a history that was cloned here, and may be replaced by a newer one; never shared.
    static let mark = ".shoal-mirror"

    /// Makes sure that nothing but an older history is replaced.
    package func requireOwn(_ folder: String, _ registry: Registry) throws(PublishError) {
        guard let facts = FileFacts(folder, followingLinks: false) else { return }
        let claims = try registry.list().entries.filter { $0.folder == folder }
        let isOwn = FileFacts("\(folder)/\(Self.mark)") != nil || claims.contains { $0.origin == .mirrored }
        let names = facts.isFolder ? try PlacedFile.names(in: folder) : nil
        let isEmpty = names?.isEmpty == true
        let isForeign = claims.contains { $0.origin != .mirrored }
        if facts.isFolder, !isForeign, isOwn || isEmpty { return }
        throw PublishError(
            .fileExists, "\(folder) is not a history that was mirrored before, and would be replaced",
            hint: "move it out of the way, or give the mirror another name with --name")
    }

    /// Torrents have no empty folders, and git wants `refs`: the branch gets a file of its own there.
    private func settle(_ folder: String) throws(PublishError) {
        let packed = PlacedFile.read(folder + "/packed-refs", limit: 1 << 20) ?? []
        for line in String(decoding: packed, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, RepoReference.isCommit(String(words[0])), words[1].hasPrefix("refs/"),
                words[1].split(separator: "/").allSatisfy({ $0 != ".." && $0 != "." })
            else { continue }
            try PlacedFile.write(Array((words[0] + "\n").utf8), to: "\(folder)/\(words[1])")
        }
    }

    /// Variables of the user that say where things are, not what is to be done.
    private static let inherited = [
        "PATH", "HOME", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE",
        "GIT_SSL_CAINFO",
    ]

    private func run(_ arguments: [String]) async throws {
        var settings = [
            // The user's own settings could name helpers, other addresses and filters.
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
            "GIT_LFS_SKIP_SMUDGE": "1", "GIT_ALLOW_PROTOCOL": "http:https", "LC_ALL": "C",
        ]
        for name in Self.inherited {
            if let value = ChildRun.variable(name) { settings[name] = value }
        }
        let run = try ChildRun("git", ["-c", "credential.helper="] + arguments, environment: settings)
        noteChild(run.pid)
        defer { noteChild(0) }
        let (status, words) = try await run.end()
        guard status == 0 else {
            let reason = words.split(separator: "\n").last.map(String.init) ?? "it ended with code \(status)"
            throw PublishError(
                Self.gitFailed, "git could not fetch the history of \(address.repo): \(reason.prefix(300))",
                hint: "leave out --depth to mirror the files alone; they are in the cache")
        }
    }

    private static let gitFailed = PublishError.Code(rawValue: "git_failed")
}
