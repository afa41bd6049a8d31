internal import ChunkStore
internal import HubClient
internal import Terminal
internal import Transfer

/// Pushes again and again until the process is ended; only changes make commits, and only changes are read.
struct PushSchedule {
    var request: PushRequest
    var settings: HubSettings
    var output: ResultOptions
    var minutes: Double

    /// Never returns but by an error that the next round would meet again.
    func run() async throws -> Never {
        var known: Int?
        while true {
            do {
                let current = try request.sourceFingerprint()
                if current != known {
                    try await pushOnce()
                    known = current
                }
            } catch let error as HubError where Self.isPassing(error) {
                TerminalStream.error.writeLine("warning: " + FailureReport.clause(error.message))
            }
            try await Task.sleep(for: .seconds(minutes * 60))
        }
    }

    /// Tells of commits that were made; rounds without one are silent.
    private func pushOnce() async throws {
        let display = ProgressDisplay(mode: .none)
        let result = try await ClientSession.push(request, settings: settings, display: display, title: "")
        guard !result.isUnchanged else { return }
        try output.print(PushDocument(result, elapsed: display.elapsed), quiet: [result.commitURL]) {
            [result.commitURL]
        }
    }

    /// Whether the next round may do better.
    private static func isPassing(_ error: HubError) -> Bool {
        let codes: [HubError.Code] = [
            .unreachable, .serverError, .rateLimited, .conflict, .fileChanged, .localPathNotFound, .noMatch,
            HubError.Code(rawValue: StorageError.Code.notFound.rawValue),
            HubError.Code(rawValue: TransferError.Code.changedWhileReading.rawValue),
        ]
        return codes.contains(error.code)
    }
}
