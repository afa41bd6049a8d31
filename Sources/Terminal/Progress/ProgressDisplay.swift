import Synchronization

/// Shows the progress of a transfer on standard error.
///
/// Counting and drawing are apart: workers add to a value behind a lock, one timer draws it ten times a second.
public final class ProgressDisplay: Sendable {
    private struct Board: ~Copyable {
        var state = ProgressState()
        var meter = RateMeter()
        var painter = FramePainter()
        var lastPlainLine: Duration = .zero
    }

    private let mode: ProgressMode
    private let stream: TerminalStream
    private let start = ContinuousClock.now
    private let board = Mutex(Board())

    public init(mode: ProgressMode, stream: TerminalStream = .error) {
        self.mode = mode
        self.stream = stream
        guard mode == .json else { return }
        board.withLock { $0.state.keepsEndings = true }
        guard stream.descriptor == TerminalStream.error.descriptor else { return }
        EventLines.choose()
        Interruption.add(.isTellingEvents)
    }

    /// The numbers so far.
    public var state: ProgressState { board.withLock { $0.state } }

    /// Changes the numbers; cheap, from any thread.
    public func update(_ change: (inout ProgressState) -> Void) { board.withLock { change(&$0.state) } }

    /// Time since the display was made.
    public var elapsed: Duration { .now - start }

    /// Shows progress while `body` runs, then leaves the screen clean.
    ///
    /// - Parameter title: the first line of a plain log, such as `pulling org/model`.
    public func run<Result>(title: String, _ body: () async throws -> Result) async throws -> Result {
        guard mode != .none else { return try await body() }
        if case .plain = mode { stream.writeLine(title) }
        if mode == .json { stream.writeLine(ProgressEvents.start(title)) }
        if mode == .bar {
            Interruption.add(.isDrawing)
            stream.write("\u{1B}[?25l")
        }
        defer {
            if mode == .json { stream.write(board.withLock { ProgressEvents.rest(&$0.state, isEnd: true) }) }
            if mode == .bar {
                stream.write(board.withLock { $0.painter.erase(columns: stream.size.columns) } + "\u{1B}[?25h")
                Interruption.remove(.isDrawing)
            }
        }
        // Cancelled and awaited when the scope ends, whichever way.
        async let _ = tick()
        return try await body()
    }

    /// Prints a line for people above whatever is drawn, also when progress is off.
    public func note(_ line: String) {
        guard mode != .json else { return stream.writeLine(TextWidth.printable(line)) }
        let erasure = mode == .bar ? board.withLock { $0.painter.erase(columns: stream.size.columns) } : ""
        stream.write(erasure + TextWidth.printable(line) + "\n")
    }

    /// Whether progress is shown as events, one JSON object per line.
    public var isForPrograms: Bool { mode == .json }

    /// Writes an event of its own kind, if progress is shown as events.
    /// - Parameter fields: a JSON object; its members become those of the event.
    public func event(_ name: String, fields: String) {
        guard isForPrograms else { return }
        stream.writeLine(ProgressEvents.event(name, fields: fields))
    }

    /// Prints a closing line for people, unless progress is off.
    public func close(_ summary: @autoclosure () -> String) {
        if mode != .none, mode != .json { stream.writeLine(summary()) }
    }

    private func tick() async {
        while !Task.isCancelled {
            draw(at: elapsed)
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func draw(at time: Duration) {
        let size = stream.size
        let text: String? = board.withLock { board in
            board.meter.record(board.state.workedBytes, at: time)
            guard board.state.totalFiles > 0 else { return nil }
            let layout = ProgressLayout(columns: size.columns, rows: size.rows)
            switch mode {
            case .bar:
                let lines = layout.lines(board.state, rate: board.meter.bytesPerSecond)
                return board.painter.frame(lines, columns: size.columns)
            case .plain(let interval):
                guard time - board.lastPlainLine >= interval else { return nil }
                board.lastPlainLine = time
                return layout.plainLine(board.state, rate: board.meter.bytesPerSecond) + "\n"
            case .json:
                let isDue = time - board.lastPlainLine >= .seconds(1)
                if isDue { board.lastPlainLine = time }
                return ProgressEvents.rest(&board.state, rate: board.meter.bytesPerSecond, hasProgress: isDue)
            case .none:
                return nil
            }
        }
        if let text { stream.write(text) }
    }
}
