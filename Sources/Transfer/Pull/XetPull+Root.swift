internal import ChunkStore
internal import Logging
internal import NIOPosix
internal import Transport
internal import Xet
internal import XetClient

extension XetPull {
    /// Closes the root over all chunks of a file that came without a manifest. If it does not match, every range is
    /// fetched once more from a fresh connection, and the root is closed again after each change.
    /// - Throws: ``TransferError`` that names the xorbs when the same bytes come twice.
    func closeRoot(journalPath: String) async throws {
        if ledger.closedHash() == request.hash { return }
        engine.logger.warning("file hash does not match, fetching again", metadata: ["file": "\(request.name)"])
        ledger.follower?.disproved()
        let records = try await engine.pool.runIfActive {
            try Journal.open(path: journalPath, file: request.hash, size: request.size).records
        }
        var known: [UInt64: Chunk] = [:]
        try await onDisk(records) { good in
            for record in good { known[record.offset] = record.chunk }
        }
        if try await isWhole(known) { return }

        var suspects: [XorbHash] = []
        var hasChanges = false
        var position: UInt64 = 0
        while position < request.size {
            let window = position..<min(position + engine.settings.planWindow, request.size)
            let plan = try await cas.reconstruction(of: request.hash, range: window)
            let (jobs, end) = try FetchJob.jobs(for: plan, startingAt: position, size: request.size)
            for job in jobs {
                let (changes, isProved) = try await compare(job, with: known)
                if !isProved, !suspects.contains(job.fetch.xorb) { suspects.append(job.fetch.xorb) }
                guard !changes.isEmpty else { continue }
                hasChanges = true
                for change in changes { known[change.offset] = change.chunk }
                try ledger.journal(changes)
                if try await isWhole(known) { return }
            }
            position = end
        }
        let host = TransportError.withoutQuery(try await cas.location())
        let names = suspects.prefix(3).map { "\($0)" }.joined(separator: ", ")
        throw TransferError(
            code: .digestMismatch,
            message: hasChanges
                ? "\(request.name): \(host) delivers different bytes each time, and none match the file's hash"
                : "\(request.name): \(host) delivered the same wrong bytes twice (xorb \(names))",
            hint: hasChanges
                ? "something between here and the hub corrupts data; try another network"
                : "the hub's store is damaged; tell its operator, or pull from another hub")
    }

    private func compare(
        _ job: FetchJob, with known: [UInt64: Chunk]
    ) async throws -> (changes: [JournalRecord], isProved: Bool) {
        let receiver = {
            FetchReceiver(
                job: job, file: file, ledger: ledger, manifest: nil, spaces: engine.spaces,
                purpose: .compare(known: known))
        }
        return try await engine.withReceiver(receiver, job: job) { receiver in
            try await engine.stream(
                job, cas: cas, into: receiver, name: request.name, observer: SilentObserver(), arrived: { _ in })
            let isProved = try receiver.finish()
            return (receiver.changes, isProved)
        }
    }

    /// Whether chunks add up to the file, and the bytes on the disk are theirs.
    private func isWhole(_ known: [UInt64: Chunk]) async throws -> Bool {
        var tree = MerkleTreeBuilder()
        var chain: [JournalRecord] = []
        var position: UInt64 = 0
        while position < request.size {
            guard let chunk = known[position] else { return false }
            tree.append(chunk.hash, length: UInt64(chunk.length))
            chain.append(JournalRecord(offset: position, chunk: chunk))
            position += UInt64(chunk.length)
        }
        guard FileHash(root: tree.finish()) == request.hash else { return false }
        var found = 0
        try await onDisk(chain) { found += $0.count }
        return found == chain.count
    }
}
