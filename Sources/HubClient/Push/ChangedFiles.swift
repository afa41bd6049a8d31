internal import HubWire
internal import Transfer
internal import Xet
internal import XetClient

/// Finds out which files of a push differ from what the repository has at their paths, reading as little as it can.
struct ChangedFiles: Sendable {
    let hub: Hub
    /// The repository at the state that the plans were made for.
    let repo: RepoReference
    /// Where the content of large files goes, where the hub has Xet.
    let storage: CASClient
    let observer: any TransferObserver

    /// Drops the files whose content is at their path already. Only files that the repository has something for are
    /// read; ids of the other kind mean a change.
    ///
    /// A large file that is likely to be known chunk by chunk is left to the push, which finds out in its one reading
    /// whether there is anything new.
    func among(_ plans: [UploadPlan]) async throws -> [UploadPlan] {
        var digests: [String: String] = [:]
        var undecided: [UploadPlan] = []
        for plan in plans where plan.mode == .lfs && plan.currentID?.utf8.count == 64 {
            if let known = await hub.engine.knownSHA256(path: plan.file.localPath) {
                digests[plan.file.name] = "\(known)"
            } else {
                undecided.append(plan)
            }
        }
        let known = try await known(undecided)
        for plan in undecided where !known.contains(plan.file.name) {
            digests[plan.file.name] = try await sha256(of: plan.file)
        }
        var changed: [UploadPlan] = []
        for plan in plans {
            let own: String? =
                switch (plan.mode, plan.currentID?.utf8.count) {
                case (.lfs, 64?): digests[plan.file.name]
                case (.regular, 40?): try await ContentDigest.gitBlob(plan.file.localPath, size: plan.file.size)
                default: nil
                }
            if let own, own == plan.currentID {
                observer.finished(plan.file.name, outcome: .alreadyPresent)
            } else {
                changed.append(plan)
            }
        }
        return changed
    }

    /// The names of files that the push may read first: their size has changed, or all chunks of what the repository
    /// has in their place are remembered here, so that an unchanged file sends nothing.
    private func known(_ plans: [UploadPlan]) async throws -> Set<String> {
        guard !plans.isEmpty else { return [] }
        let entries: [TreeEntry]
        do {
            entries = try await hub.pathsInfo(plans.map(\.file.name), of: repo)
        } catch is HubError {
            // The answer only saves work, and what is wrong will show in what follows.
            return []
        }
        var byPath: [[UInt8]: TreeEntry] = [:]
        for entry in entries { byPath[Array(entry.path.utf8)] = entry }
        let hashes = Set(entries.compactMap { $0.xetHash.flatMap { FileHash($0) } })
        var remembered: Set<FileHash> = []
        if !hashes.isEmpty, try await hub.offersXet(storage) {
            remembered = try await hub.engine.remembered(hashes, at: storage)
        }
        var names: Set<String> = []
        for plan in plans {
            guard let entry = byPath[Array(plan.file.name.utf8)] else { continue }
            let hasOtherSize = entry.size != Int64(clamping: plan.file.size)
            if hasOtherSize || entry.xetHash.flatMap({ FileHash($0) }).map({ remembered.contains($0) }) == true {
                names.insert(plan.file.name)
            }
        }
        return names
    }

    private func sha256(of file: PushSource.File) async throws -> String {
        let hashed = try await hub.engine.hash(path: file.localPath, withSHA256: true, observer: SilentObserver())
        return hashed.sha256.map { "\($0)" } ?? ""
    }
}
