internal import HubClient
internal import Synchronization
internal import Terminal

/// What the pulling verbs share: run the request, show progress, warn, and print.
struct PullRun {
    var request: PullRequest
    var settings: HubSettings
    var output: ResultOptions
    var progress: ProgressMode
    /// Who else may bring the bytes; nil for the hub alone.
    var swarm: SwarmPlan?

    /// Pulls and reports everything but the result on standard error.
    func pull() async throws -> (result: PullResult, elapsed: Duration) {
        let display = ProgressDisplay(mode: progress)
        let result = try await ClientSession.pull(
            request, settings: settings, swarm: swarm, display: display,
            title: "pulling \(request.repo) from \(settings.endpoint)")
        display.close(PullReport.summary(result, elapsed: display.elapsed))
        warn(about: result.unmatchedPatterns)
        if result.isOffline, !settings.isOffline { warnOffline(result.commit) }
        return (result, display.elapsed)
    }

    /// Pulls and prints the path.
    func pullAndPrint() async throws {
        let (result, elapsed) = try await pull()
        try output.print(PullDocument(result, elapsed: elapsed), quiet: [result.path]) { [result.path] }
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

    /// Writes one file, or a part of it, to standard output.
    ///
    /// It streams, and the cache stays as it is: each chunk verified before it is written where the hub tells the file's
    /// chunks, else, with a warning, the whole when its end has been written. What is in the cache comes from there.
    func pullToOutput(range: ByteRange? = nil) async throws {
        let reading = ProgressDisplay(mode: progress == .bar ? .none : progress)
        let pulling = progress == .bar ? ProgressDisplay(mode: .bar) : reading
        let path = request.files.first ?? ""
        RunMetrics.follow(pulling)
        try await reading.run(title: "reading \(path) of \(request.repo) from \(settings.endpoint)") {
            // One session for all that may be needed: an absent hub is waited for, and told of, once.
            try await ClientSession.withHub(settings) { hub in
                switch try await stream(path, hub, range, reading) {
                case .written: return
                case .mustBePulled: break
                case .mayBeFolder:
                    // Asked before anything is fetched; whatever else is wrong, the pull has the words for it.
                    if let preview = try? await hub.preview(request), !preview.files.isEmpty,
                        preview.files.map(\.path) != [path]
                    {
                        throw notOneFile(path)
                    }
                }
                try await write(path, hub, range, pulling)
            }
        }
    }

    /// Pulls the file and writes it.
    private func write(_ path: String, _ hub: Hub, _ range: ByteRange?, _ display: ProgressDisplay) async throws {
        let observer = ProgressObserver(display: display)
        let result =
            progress == .bar
            ? try await display.run(title: path) { try await hub.pull(request, observer: observer) }
            : try await hub.pull(request, observer: observer)
        display.close(PullReport.summary(result, elapsed: display.elapsed))
        warn(about: result.unmatchedPatterns)
        if result.isOffline, !settings.isOffline { warnOffline(result.commit) }
        guard result.files.count == 1, let file = result.files.first, result.path.hasSuffix("/" + file.path) else {
            throw notOneFile(path)
        }
        let bytes = try range.map { try resolved($0, size: file.size, path: file.path) }
        try await FileParts.forEach(of: result.path, in: bytes) { TerminalStream.output.write($0) }
    }

    private func notOneFile(_ path: String) -> CommandFailure {
        CommandFailure.usage(
            "'\(path)' is a folder or a pattern, and only one file can go to standard output",
            hint: "name one file by its full path; 'shoal ls' lists them")
    }

    private enum Streamed {
        case written
        /// It is in the cache, or the hub cannot be asked, or only a pull verifies it.
        case mustBePulled
        /// Nothing says yet that the name is one file's.
        case mayBeFolder
    }

    private func stream(
        _ path: String, _ hub: Hub, _ range: ByteRange?, _ display: ProgressDisplay
    ) async throws -> Streamed {
        guard request.files.count == 1, !path.isEmpty, !path.hasSuffix("/"), !Glob.isPattern(path), !request.isForced,
            !settings.isOffline
        else { return .mayBeFolder }
        do {
            let file = try await hub.openFile(path, of: request.repo)
            if file.isCached { return .mustBePulled }
            let bytes = try range.map { try resolved($0, size: file.size, path: path) }
            let stream = try await file.stream(bytes, observer: ProgressObserver(display: display))
            if stream.verification != .everyChunk, file.size <= Self.heldBytes {
                try await writeVerified(file, bytes, display)
                return .written
            }
            warn(about: stream.verification, path)
            try await stream.forEachPart { TerminalStream.output.write($0) }
            return .written
        } catch let error as HubError where error.code.isAbsence || error.code == .entryNotFound {
            // The cache may know better, and the name may be a folder's: the pull says what there is to say.
            guard display.state.workedBytes == 0 else { throw error }
            return error.code == .entryNotFound ? .mayBeFolder : .mustBePulled
        }
    }

    /// Small files are held until their end has proved them.
    private static let heldBytes: UInt64 = 8 << 20

    private func writeVerified(_ file: RemoteFile, _ part: Range<UInt64>?, _ display: ProgressDisplay) async throws {
        let held = Mutex<[UInt8]>([])
        let stream = try await file.stream(nil, observer: ProgressObserver(display: display))
        try await stream.forEachPart { part in held.withLock { $0 += part } }
        let bytes = held.withLock { $0 }
        let wanted = part.map { Int($0.lowerBound)..<Int($0.upperBound) } ?? 0..<bytes.count
        bytes.withUnsafeBytes { TerminalStream.output.write(UnsafeRawBufferPointer(rebasing: $0[wanted])) }
    }

    private func warn(about verification: FileByteStream.Verification, _ path: String) {
        let name = TextWidth.printable(path)
        switch verification {
        case .everyChunk: break
        case .atEnd:
            TerminalStream.error.writeLine(
                "warning: this hub does not tell the chunks of \(name): its bytes are provisional until the command ends "
                    + "with exit code 0")
        case .none:
            TerminalStream.error.writeLine(
                "warning: this hub does not tell the chunks of \(name): a part of it cannot be verified")
        }
    }

    private func resolved(_ range: ByteRange, size: UInt64, path: String) throws -> Range<UInt64> {
        if let bytes = range.resolved(size: size) { return bytes }
        throw CommandFailure(
            code: "bad_range",
            message: size == 0
                ? "\(path) is empty, so no range of it can be written"
                : "\(path) has \(size) bytes, number 0 to \(size - 1); the range begins behind its end",
            hint: "leave out --range, or choose one that begins before")
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
