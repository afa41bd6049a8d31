internal import ChunkStore
internal import Logging
internal import NIOPosix
internal import Transport

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension TransferEngine {
    /// Files of at most this size come without a journal: to fetch them again costs less than to keep books.
    private static let journaledFrom: UInt64 = 1 << 20

    /// Fetches a file by plain HTTP into its partial file and checks it against its content id; the caller renames it.
    ///
    /// Large files come in several ranges at once where the server serves ranges. A kill at any instant leaves a
    /// journal from which the next call continues. Bytes with a wrong hash are fetched once more from the start.
    /// - Throws: ``PlainReplyError`` when the server answers with anything but the file; ``TransferError`` that names
    ///   file and source when the bytes are wrong twice.
    public func pullPlain(
        _ request: PlainFileRequest, into partial: PartialFile, observer: any TransferObserver
    ) async throws -> PullStatistics {
        let file = try RandomAccessFile(path: partial.path, access: .update)
        let journalPath = partial.rangeJournal
        let ledger = try await pool.runIfActive {
            try PlainLedger(
                file: file, journalPath: request.size > Self.journaledFrom ? journalPath : nil,
                expected: request.expected, size: request.size)
        }
        var statistics = PullStatistics()
        statistics.resumedBytes = try await pool.runIfActive { try ledger.resume() }
        observer.advanced(request.name, bytes: statistics.resumedBytes)
        if statistics.resumedBytes < request.size { try await pool.runIfActive { try file.reserve(request.size) } }
        let pull = PlainPull(request: request, ledger: ledger, engine: self, observer: observer)
        try await pull.fetchMissing()
        if try await !pull.isRight() {
            logger.warning("file hash does not match, fetching again", metadata: ["file": "\(request.name)"])
            try await pull.restart()
            try await pull.fetchMissing()
            guard try await pull.isRight() else {
                try await pull.restart()
                unlink(journalPath)
                throw TransferError(
                    code: .digestMismatch,
                    message: "\(request.name): the bytes from \(pull.sourceName) do not hash to \(request.expected)",
                    hint:
                        "the source or something on the way to it corrupts data; try again later, or over another network"
                )
            }
        }
        try await pool.runIfActive {
            try file.truncate(to: request.size)
            try file.synchronize()
        }
        unlink(journalPath)
        statistics.networkBytes = pull.networkBytes
        return statistics
    }
}
