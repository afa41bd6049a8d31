internal import HubWire
internal import Logging
internal import Transfer
internal import Transport
internal import Xet
internal import XetClient

/// Brings the verified content of a snapshot's files into partial files.
struct FileFetcher: Sendable {
    let hub: Hub
    /// The repository at the snapshot's commit.
    private let repo: RepoReference
    private let storage: CASClient
    let observer: any TransferObserver
    private let absence = XetAbsence()
    /// Where else on this disk content may be; nil when all of it shall come over the network.
    private let copies: LocalCopies?
    private let peers: (any PeerSource)?
    private let small: SmallFileBatches

    /// - Parameter files: what will be fetched, in this order; small ones travel together.
    init(
        hub: Hub, repo: RepoReference, commit: String, files: [TreeListing.File] = [], copies: LocalCopies? = nil,
        peers: (any PeerSource)? = nil, observer: any TransferObserver
    ) {
        self.peers = peers
        self.copies = copies
        self.hub = hub
        self.repo = RepoReference(type: repo.type, id: repo.id, revision: commit)
        storage = hub.storage(of: self.repo, .read)
        self.observer = observer
        let isPointless = hub.settings.disablesXet || hub.settings.isOffline || peers?.isExclusive == true
        let requests = isPointless ? [] : files.compactMap(Self.xetRequest)
        small = SmallFileBatches(requests, engine: hub.engine, storage: storage, observer: observer)
    }

    /// Ends what is still under way for nobody.
    func close() { small.close() }

    /// Whether a file's content is named by a Xet hash, and may come by it.
    func usesXet(_ file: TreeListing.File) -> Bool { file.xetHash != nil && !hub.settings.disablesXet }

    /// What to do when another process has a file in its hands for some seconds.
    func tellAboutWaiting(for file: TreeListing.File) -> @Sendable (Int32?) -> Void {
        { [observer] process in
            let who = process.map { " (PID \($0))" } ?? ""
            observer.warned("waiting for another process\(who) that is fetching \(file.path)")
        }
    }

    /// What to ask the storage for; nil for a file that comes by plain HTTP.
    private func xetRequest(_ file: TreeListing.File) throws(HubError) -> XetFileRequest? {
        guard usesXet(file) else { return nil }
        guard let request = Self.xetRequest(file) else {
            throw HubError(.notAHub, "The hub lists '\(file.path)' with a Xet hash that is none.")
        }
        return request
    }

    private static func xetRequest(_ file: TreeListing.File) -> XetFileRequest? {
        file.xetHash.flatMap { FileHash($0) }.map { XetFileRequest(hash: $0, size: file.size, name: file.path) }
    }

    /// Takes over what is good of a damaged copy, so that ``fetch(_:into:)`` brings only the rest.
    /// - Returns: the bytes taken over.
    func salvage(_ file: TreeListing.File, from damaged: String, into partial: PartialFile) async throws -> UInt64 {
        guard let request = try xetRequest(file), !hub.settings.isOffline else { return 0 }
        do {
            return try await hub.engine.salvage(request, from: damaged, cas: storage, into: partial) ?? 0
        } catch let error where XetAbsence.isAbsence(error, hub: hub) {
            return 0
        }
    }

    /// Builds the file and returns when it is complete, verified and on the disk.
    /// - Parameter target: the file that will be replaced, where there is one.
    /// - Throws: ``HubError`` with code `offline` when the network is switched off.
    func fetch(
        _ file: TreeListing.File, into partial: PartialFile, replacing target: String? = nil
    ) async throws -> PullStatistics {
        guard !hub.settings.isOffline else {
            throw HubError(
                .offline, "'\(file.path)' of \(repo.id) is not in the cache, and the network is switched off.",
                hint: "Unset \(hub.settings.offlineSetting) to fetch it.")
        }
        if let request = try xetRequest(file), !absence.isKnown {
            if let content = await small.content(of: request) {
                return try await hub.engine.write(content, of: request, into: partial, observer: observer)
            }
            try Task.checkCancellation()
            do {
                return try await pullXet(
                    request, into: partial, reusing: await copies?.candidates(for: file, replacing: target))
            } catch let error
                where XetAbsence.isAbsence(error, hub: hub) && ContentID(etag: file.etag) != nil
                && peers?.isExclusive != true
            {
                if absence.note() {
                    observer.warned(
                        "the Xet storage cannot be used (\(XetAbsence.reason(of: error))); fetching over plain HTTP instead, "
                            + "verified by SHA-256")
                }
            }
        }
        if let copied = try await copy(file, into: partial) { return copied }
        let metadata = FileMetadata(
            path: file.path, commit: repo.effectiveRevision, etag: file.etag, size: file.size, xetHash: nil)
        let request = try await hub.plainRequest(for: metadata, of: repo)
        do {
            return try await hub.engine.pullPlain(request, into: partial, observer: observer)
        } catch let refusal as PlainReplyError {
            let reply = HubReply(
                status: refusal.status, headers: refusal.headers, body: refusal.body, url: refusal.url)
            throw HubError(reply, subject: hub.subject(repo, path: file.path))
        }
    }

    /// Pulls from the storage that the hub names, or from that of another of its endpoints while there is one.
    private func pullXet(
        _ request: XetFileRequest, into partial: PartialFile, reusing candidates: [LocalCandidate]?
    ) async throws -> PullStatistics {
        while true {
            // Asking may cost a request, so it is done where there is somewhere else to go.
            let place = hub.settings.endpoints.count > 1 ? try await storage.location() : ""
            do {
                return try await hub.engine.pullXet(
                    request, from: storage, into: partial, reusing: candidates, peers: peers, observer: observer)
            } catch let error where XetAbsence.isWorthMoving(after: error, hub: hub) {
                guard try await storage.leave(place) else { throw error }
                hub.logger.warning(
                    "storage left", metadata: ["from": "\(place)", "reason": "\(XetAbsence.reason(of: error))"])
            }
        }
    }

    /// Takes a file that comes by plain HTTP from another repository of the cache.
    private func copy(_ file: TreeListing.File, into partial: PartialFile) async throws -> PullStatistics? {
        guard file.size >= 64 << 10, let path = copies?.blob(of: file), let id = ContentID(etag: file.etag) else {
            return nil
        }
        // What an interrupted pull has left is worth more than a copy that may be damaged.
        guard !Disk.exists(partial.path) else { return nil }
        guard
            try await hub.engine.copyPlain(
                from: path, expected: id, size: file.size, name: file.path, into: partial, observer: observer)
        else { return nil }
        var statistics = PullStatistics()
        statistics.reusedBytes = file.size
        return statistics
    }
}
