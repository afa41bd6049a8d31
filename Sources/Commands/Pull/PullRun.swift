internal import HubClient
internal import Terminal

/// What the pulling verbs share: run the request, show progress, warn, and print.
struct PullRun {
    var request: PullRequest
    var settings: HubSettings
    var output: ResultOptions
    var progress: ProgressMode

    /// Pulls and reports everything but the result on standard error.
    func pull() async throws -> (result: PullResult, elapsed: Duration) {
        let display = ProgressDisplay(mode: progress)
        let result = try await ClientSession.pull(
            request, settings: settings, display: display, title: "pulling \(request.repo) from \(settings.endpoint)")
        display.close(PullReport.summary(result, elapsed: display.elapsed))
        warn(about: result.unmatchedPatterns)
        if result.isOffline, !settings.isOffline { warnOffline(result.commit) }
        return (result, display.elapsed)
    }

    /// Pulls and prints the path.
    func pullAndPrint() async throws {
        let (result, elapsed) = try await pull()
        try output.print(PullReport(result, elapsed: elapsed), quiet: [result.path]) { [result.path] }
    }

    /// Finds out what a pull would do and prints that.
    func previewAndPrint() async throws {
        let preview = try await preview()
        try output.print(PreviewReport(preview), quiet: preview.toFetch.map { TextWidth.printable($0.path) }) {
            PreviewReport.lines(preview)
        }
    }

    /// Finds out what a pull would do, and from where each byte would come, and prints that.
    func planAndPrint() async throws {
        let preview = try await preview()
        let report = PlanReport(preview, repo: request.repo, endpoint: settings.endpoint)
        try output.print(report, quiet: preview.toFetch.map { TextWidth.printable($0.path) }) { report.lines() }
    }

    private func preview() async throws -> PullPreview {
        let preview = try await ClientSession.withHub(settings) { hub in try await hub.preview(request) }
        warn(about: preview.unmatchedPatterns)
        if preview.isOffline, !settings.isOffline { warnOffline(preview.commit) }
        return preview
    }

    /// Pulls one file, verified to its last byte, and then writes it, or a part of it, to standard output.
    func pullToOutput(range: ByteRange? = nil) async throws {
        let (result, _) = try await pull()
        guard result.files.count == 1, let file = result.files.first, result.path.hasSuffix(file.path) else {
            throw CommandFailure.usage("only one file can go to standard output", hint: "name it by its full path")
        }
        guard let range else {
            try await FileParts.forEach(of: result.path) { TerminalStream.output.write($0) }
            return
        }
        guard let bytes = range.resolved(size: file.size) else {
            throw CommandFailure(
                code: "bad_range", message: "\(file.path) has \(file.size) bytes; the range begins behind its end")
        }
        try await FileParts.forEach(of: result.path, in: bytes) { TerminalStream.output.write($0) }
    }

    private func warn(about patterns: [String]) {
        for pattern in patterns {
            TerminalStream.error.writeLine("warning: no file matches '\(TextWidth.printable(pattern))'")
        }
    }

    private func warnOffline(_ commit: String) {
        TerminalStream.error.writeLine(
            "warning: cannot reach \(settings.endpoint); using revision \(commit) from the cache")
    }
}
