internal import ChunkStore
internal import Logging
internal import NIOPosix
internal import Xet
internal import XetClient

extension XetPull {
    /// Whoever pulls a smaller file has it before nodes that begin together could share it out, where there is no
    /// manifest.
    static let smallestShared: UInt64 = 4 << 20

    /// Finds out from the terms which chunks the file has, and from what has come what some of them are.
    /// - Returns: nil when the terms do not tell.
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
        guard let draft = ManifestDraft(of: request.hash, size: request.size, terms: log.all) else { return nil }
        let records = try await engine.pool.runIfActive {
            try Journal.open(path: journalPath, file: request.hash, size: request.size).records
        }
        try await onDisk(records) { draft.note($0) }
        ledger.attach(draft)
        return draft
    }
}
