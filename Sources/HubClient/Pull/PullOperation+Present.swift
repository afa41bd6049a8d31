internal import HubWire
internal import Transfer

extension PullOperation {
    /// The result of a pull that finds everything in place; nil when anything is missing or not known.
    func presentFiles(at commit: String) throws -> PullResult? {
        guard !isForced else { return nil }
        let files: [TreeListing.File]
        let single: TreeListing.File?
        var unmatched: [String] = []
        if let listing = destination.knownListing(of: commit) {
            let choice = try pick(from: listing.files)
            guard choice.missing.isEmpty, !choice.chosen.isEmpty else { return nil }
            files = choice.chosen.map { listing.files[$0] }
            single = choice.single.map { listing.files[$0] }
            unmatched = choice.unmatched
            try destination.validate(files, commit: commit)
            guard files.allSatisfy({ destination.holds($0, commit: commit) }) else { return nil }
        } else if !isLocalDirectory, let paths = selection.exactPaths {
            // A cache of another client may have no listing; files named by their paths need none.
            files = paths.compactMap { path in
                guard (try? RepoPath.validate(path)) != nil, let status = Disk.status(cache.pointer(commit, path)),
                    status.isRegular
                else { return nil }
                return TreeListing.File(path: path, size: status.size, blobID: "")
            }
            guard files.count == paths.count else { return nil }
            single = files.count == 1 ? files[0] : nil
        } else {
            return nil
        }
        for file in files {
            observer.began(TransferItem(name: file.path, totalBytes: file.size))
            observer.finished(file.path, outcome: .alreadyPresent)
        }
        var result = result(files.map { ($0, .alreadyPresent) }, single: single, commit: commit)
        result.unmatchedPatterns = unmatched
        return result
    }

    func commitOffline() throws(HubError) -> String {
        if let commit = cache.commit(of: repo.effectiveRevision) { return commit }
        throw HubError(
            .offline,
            "Revision '\(repo.effectiveRevision)' of \(repo.id) is not in the cache, and the network is off.",
            hint: "Unset \(hub.settings.offlineSetting) to ask the hub.")
    }

    func runOffline() async throws -> PullResult {
        guard !isForced else {
            throw HubError(
                .offline, "Files cannot be fetched again while the network is off.",
                hint: "Unset \(hub.settings.offlineSetting) to ask the hub.")
        }
        let commit = try commitOffline()
        if let result = try presentFiles(at: commit) { return result }
        guard let listing = destination.knownListing(of: commit) else { return try offlineSnapshot(commit) }
        let choice = try choose(from: listing, commit: commit)
        let files = choice.chosen.map { listing.files[$0] }
        try destination.validate(files, commit: commit)
        // A blob may be there without its link, and a plain folder may be filled from the cache.
        try destination.prepare(
            commit: commit, revision: repo.effectiveRevision, listing: nil, keeping: keeping)
        return try await place(files, choice: choice, from: listing, commit: commit)
    }

    /// A snapshot that another client left without a listing: whether it is complete is not known, as with Python.
    func offlineSnapshot(_ commit: String) throws -> PullResult {
        let found = isLocalDirectory ? [] : (try? cache.filesOnDisk(commit)) ?? []
        let choice = try pick(from: found)
        guard choice.missing.isEmpty, !choice.chosen.isEmpty else {
            throw offlineError(missing: choice.missing, of: max(selection.files.count, 1))
        }
        return result(
            choice.chosen.map { (found[$0], .alreadyPresent) }, single: choice.single.map { found[$0] }, commit: commit)
    }

    /// What to say when the network is off and files are wanted that the disk does not have.
    func offlineError(missing: [String], of wanted: Int) -> HubError {
        let named = missing.prefix(20).joined(separator: ", ")
        let more = missing.count > 20 ? " and \(missing.count - 20) more" : ""
        return HubError(
            .offline,
            missing.isEmpty
                ? "The wanted files of \(repo.id) are not in the cache, and the network is off."
                : "\(missing.count) of \(wanted) wanted files of \(repo.id) are not in the cache, and the network is "
                    + "off: \(named)\(more).",
            hint: "Unset \(hub.settings.offlineSetting) to ask the hub.")
    }
}
