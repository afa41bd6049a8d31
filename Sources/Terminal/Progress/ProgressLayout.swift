/// Turns the state of a transfer into lines of text; pure, so that tests see what users see.
public struct ProgressLayout: Sendable {
    /// Cells of one line and lines of one frame, at most.
    public var columns: Int
    public var rows: Int

    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// The lines of one frame: a line per active file, as many as fit, and the total last.
    ///
    /// No line is wider than `columns - 1`, so that none wraps.
    public func lines(_ state: ProgressState, rate: UInt64?) -> [String] {
        let width = max(columns - 1, 20)
        let items = state.activeItems.filter { $0.total > 0 }
        let room = max(rows - 2, 0)
        var shown = items.prefix(room)
        var lines: [String] = []
        let hidden = items.count - shown.count
        if hidden > 0 { shown = shown.prefix(max(room - 1, 0)) }
        // A single file is its own total: one line says it all.
        if !(items.count == 1 && state.totalFiles == 1) {
            lines = shown.map { line(label: $0.name, completed: $0.completed, total: $0.total, note: "", width: width) }
            if hidden > 0, room > 0 { lines.append("  … and \(items.count - shown.count) more") }
        }
        lines.append(total(state, rate: rate, width: width))
        return lines.map { TextWidth.shortened($0, to: width) }
    }

    /// One line for a log: counts, bytes, speed and the time left.
    public func plainLine(_ state: ProgressState, rate: UInt64?) -> String {
        var parts = [
            "\(state.finishedFiles)/\(state.totalFiles) files",
            ByteText.progress(state.completedBytes, of: state.totalBytes) + " (\(percent(state))%)",
        ]
        if let note = speed(state, rate: rate) { parts.append(note) }
        return parts.joined(separator: ", ")
    }

    private func total(_ state: ProgressState, rate: UInt64?, width: Int) -> String {
        let single = state.totalFiles == 1 ? state.activeItems.first?.name : nil
        let label = single ?? "\(state.finishedFiles)/\(state.totalFiles) files"
        let note = speed(state, rate: rate).map { "  " + $0 } ?? ""
        return line(label: label, completed: state.completedBytes, total: state.totalBytes, note: note, width: width)
    }

    private func speed(_ state: ProgressState, rate: UInt64?) -> String? {
        guard let rate else { return nil }
        let left = state.totalBytes - state.completedBytes
        guard rate > 0, left > 0 else { return ByteText.rate(rate) }
        return "\(ByteText.rate(rate)), \(DurationText.estimate(seconds: (left + rate - 1) / rate)) left"
    }

    private func percent(_ state: ProgressState) -> Int { Self.percent(state.completedBytes, state.totalBytes) }

    /// Rounded down: 100 means done.
    static func percent(_ part: UInt64, _ whole: UInt64) -> Int {
        guard whole > 0 else { return 100 }
        return Int((Double(part) / Double(whole) * 100).rounded(.down))
    }

    private func line(label: String, completed: UInt64, total: UInt64, note: String, width: Int) -> String {
        let percentage = "\(Self.percent(completed, total))%"
        let facts = TextWidth.padded(percentage, to: 4, alignment: .right)
        // Where both do not fit, speed and time left say more than the amounts.
        let amounts = "  " + ByteText.progress(completed, of: total)
        let fitsBoth = amounts.count + note.count + facts.count + 12 <= width
        let amount = note.isEmpty || fitsBoth ? amounts + note : note
        let barWidth = width >= 70 ? min(24, width / 5) : 0
        let bar = barWidth > 0 ? " " + Self.bar(completed, total, width: barWidth) : ""
        let used = TextWidth.of(facts) + TextWidth.of(bar) + TextWidth.of(amount) + 1
        let labelWidth = min(max(width - used, 8), 44)
        let name = TextWidth.shortened(TextWidth.printable(label), to: labelWidth)
        return TextWidth.padded(name, to: labelWidth) + " " + facts + bar + amount
    }

    static func bar(_ part: UInt64, _ whole: UInt64, width: Int) -> String {
        let fraction = whole == 0 ? 1 : Double(part) / Double(whole)
        let filled = min(width, Int((fraction * Double(width)).rounded(.down)))
        return String(repeating: "━", count: filled) + String(repeating: "─", count: width - filled)
    }
}
