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
    /// A large file is compared with the chunk list of what is in its place, where that is remembered. One that is known
    /// to have changed is left to the push, and so is one whose chunks are all stored: the push finds out in its one
    /// reading whether there is anything new.
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
        let looks = try await look(at: undecided)
        for plan in undecided {
            switch looks[plan.file.name] {
            case .same: digests[plan.file.name] = plan.currentID
            case .leftToPush: break
            case nil: digests[plan.file.name] = try await sha256(of: plan.file)
            }
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

    private enum Look { case same, leftToPush }

    /// What can be said of files without their SHA-256, by name.
    private func look(at plans: [UploadPlan]) async throws -> [String: Look] {
        guard !plans.isEmpty else { return [:] }
        let entries: [TreeEntry]
        do {
            entries = try await hub.pathsInfo(plans.map(\.file.name), of: repo)
        } catch is HubError {
            // The answer only saves work, and what is wrong will show in what follows.
            return [:]
        }
        var byPath: [[UInt8]: TreeEntry] = [:]
        for entry in entries { byPath[Array(entry.path.utf8)] = entry }
        var looks: [String: Look] = [:]
        var unlisted: [(name: String, hash: FileHash)] = []
        for plan in plans {
            guard let entry = byPath[Array(plan.file.name.utf8)] else { continue }
            guard entry.size == Int64(clamping: plan.file.size) else {
                looks[plan.file.name] = .leftToPush
                continue
            }
            guard entry.lfs?.oid == plan.currentID, let hash = entry.xetHash.flatMap({ FileHash($0) }) else { continue }
            let isCopy = try await hub.engine.isCopy(
                path: plan.file.localPath, of: hash, size: plan.file.size, name: plan.file.name, observer: observer)
            if let isCopy {
                looks[plan.file.name] = isCopy ? .same : .leftToPush
            } else {
                unlisted.append((plan.file.name, hash))
            }
        }
        if !unlisted.isEmpty, try await hub.offersXet(storage) {
            let remembered = try await hub.engine.remembered(Set(unlisted.map(\.hash)), at: storage)
            for file in unlisted where remembered.contains(file.hash) { looks[file.name] = .leftToPush }
        }
        return looks
    }

    private func sha256(of file: PushSource.File) async throws -> String {
        let hashed = try await hub.engine.hash(path: file.localPath, withSHA256: true, observer: SilentObserver())
        return hashed.sha256.map { "\($0)" } ?? ""
    }
}
