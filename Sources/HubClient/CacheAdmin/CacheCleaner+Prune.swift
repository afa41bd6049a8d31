extension CacheCleaner {
    /// What ``prune(_:)`` would remove.
    public struct PrunePlan: Sendable {
        public var detached: CacheSelection
        public var incomplete: [CacheInventory.StrayFile]
        public var sharedBlobs: [CacheInventory.StrayFile]
        /// Bytes that it would free.
        public var size: UInt64
        /// What is left alone because somebody works on it, one sentence each.
        public var kept: [String]

        public var isEmpty: Bool { detached.isEmpty && incomplete.isEmpty && sharedBlobs.isEmpty }
    }

    /// What may go: detached revisions, what interrupted downloads left, and shared content that nobody uses.
    public func planPrune() -> PrunePlan {
        var kept: [String] = []
        var detached = inventory.detached()
        detached.parts.removeAll { part in
            let isBusy = isBusy(part.repo.folderName)
            if isBusy { kept.append("Another process is working on \(part.repo.path).") }
            return isBusy
        }
        let incomplete = inventory.incomplete.filter { file in
            guard case .held = attempt(lockOf: file, creates: false) else { return true }
            kept.append("Another process is working on \(file.path).")
            return false
        }
        let strays = incomplete + inventory.unreferencedBlobs
        return PrunePlan(
            detached: detached, incomplete: incomplete, sharedBlobs: inventory.unreferencedBlobs,
            size: strays.reduce(size(of: detached)) { $0 + $1.size }, kept: kept)
    }

    /// Removes what was planned, less what has come into use since.
    public func prune(_ plan: PrunePlan) async throws -> Outcome {
        var outcome = try await remove(plan.detached)
        for file in plan.incomplete {
            guard Disk.status(file.path, followingLinks: false) != nil else {
                // It has gone with its repository.
                outcome.freed += file.size
                continue
            }
            let attempt = attempt(lockOf: file, creates: true)
            if case .held = attempt {
                outcome.kept.append("Another process is working on \(file.path).")
                continue
            }
            try withExtendedLifetime(attempt) { try Disk.remove(file.path) }
            outcome.freed += file.size
        }
        for blob in plan.sharedBlobs {
            try await store.sweep(blob.path)
            if !Disk.exists(blob.path) { outcome.freed += blob.size }
        }
        removeLeftovers()
        return outcome
    }

    /// Removes what only this program makes: repositories whose removal was cut short, and notes about files that are
    /// not there any more.
    public func removeLeftovers() {
        let locks = LocalPath.join(inventory.root, ".locks")
        for name in (try? Disk.names(in: locks)) ?? [] where name.hasPrefix(Self.gravePrefix) {
            try? Disk.removeTree(LocalPath.join(locks, name))
        }
        for repo in inventory.repos { removeOwnLeftovers(repo.path) }
    }

    /// Journals without their partial file, manifests and listings of what no snapshot has.
    func removeOwnLeftovers(_ repo: String) {
        let commits = (try? Disk.names(in: LocalPath.join(repo, "snapshots"))) ?? []
        TreeListing.removeOwn(in: repo, except: Set(commits))
        let own = LocalPath.join(repo, ".shoal")
        guard let names = try? Disk.names(in: own), !names.isEmpty else { return }
        var known: Set<String>?
        for name in names {
            let isStale: Bool
            if name.hasSuffix(".journal") {
                isStale = !Disk.exists(LocalPath.join(repo, "blobs/\(name.dropLast(8)).shoal.incomplete"))
            } else if name.hasSuffix(".manifest") {
                if known == nil { known = xetHashes(repo) }
                isStale = known?.contains(String(name.dropLast(9))) == false
            } else {
                isStale = false
            }
            if isStale { try? Disk.remove(LocalPath.join(own, name)) }
        }
    }

    /// The Xet hashes of the files that the snapshots of a repository may have.
    private func xetHashes(_ repo: String) -> Set<String> {
        var hashes: Set<String> = []
        for commit in (try? Disk.names(in: LocalPath.join(repo, "snapshots"))) ?? [] {
            hashes.formUnion(TreeListing.read(repo, commit: commit)?.files.compactMap(\.xetHash) ?? [])
        }
        for name in (try? Disk.names(in: LocalPath.join(repo, "blobs"))) ?? [] {
            let blob = LocalPath.join(repo, "blobs/\(name)")
            if let text = Disk.linkText(blob) { hashes.insert(LocalPath.name(of: text)) }
        }
        return hashes
    }
}
