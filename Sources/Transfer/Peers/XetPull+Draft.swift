internal import ChunkStore
internal import Logging
internal import NIOPosix
internal import Xet
internal import XetClient

extension XetPull {
    /// Whoever pulls a smaller file has it before nodes that begin together could share it out, where there is no
    /// manifest.
    static let smallestShared: UInt64 = 4 << 20

    /// Whether all of the file is on the disk and proven by what is known of its chunks.
    func fulfils(_ draft: ManifestDraft) async throws -> Bool {
        guard draft.isFulfilled, let chunks = draft.chunks else { return false }
        guard ledger.hasOverlap else { return true }
        // Something was written twice, and not all of it was checked before: what counts is what can be read.
        var position: UInt64 = 0
        let records = chunks.map { chunk in
            defer { position += UInt64(chunk.length) }
            return JournalRecord(offset: position, chunk: chunk)
        }
        var found = 0
        try await onDisk(records) { found += $0.count }
        return found == records.count
    }

    /// Finds out from the terms which chunks the file has, and from what has come what some of them are.
    /// - Returns: nil when the terms do not tell, or most of the file lies in parts of xorbs, which nobody could pass on.
    func makeDraft(journalPath: String) async throws -> ManifestDraft? {
        let log = TermLog()
        var position: UInt64 = 0
        do {
            while position < request.size {
                let window = position..<min(position + engine.settings.planWindow, request.size)
                let plan = try await cas.reconstruction(of: request.hash, range: window)
                let end = try FetchJob.jobs(for: plan, startingAt: position, size: request.size).end
                log.note(plan, startingAt: position)
                position = end
            }
        } catch {
            try Task.checkCancellation()
            engine.logger.debug("no terms to share", metadata: ["file": "\(request.name)", "reason": "\(error)"])
            return nil
        }
        guard let draft = ManifestDraft(of: request.hash, size: request.size, terms: log.all),
            draft.provableBytes >= request.size / 2
        else { return nil }
        terms.complete(with: log)
        let records = try await engine.pool.runIfActive {
            try Journal.open(path: journalPath, file: request.hash, size: request.size).records
        }
        try await onDisk(records) { draft.note($0) }
        ledger.attach(draft)
        return draft
    }
}
