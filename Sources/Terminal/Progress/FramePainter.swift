/// Draws frames over each other and survives a terminal that changes its width in between.
struct FramePainter: Sendable {
    /// Cells of each line of the frame on the screen.
    private var drawn: [Int] = []

    /// What to write so that `lines` replace the last frame; the cursor stays at the end of the last line.
    mutating func frame(_ lines: [String], columns: Int) -> String {
        var text = rewind(columns: columns)
        text += lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n")
        text += "\u{1B}[J"
        drawn = lines.map(TextWidth.of)
        return text
    }

    /// What to write so that the last frame disappears.
    mutating func erase(columns: Int) -> String {
        guard !drawn.isEmpty else { return "" }
        let text = rewind(columns: columns) + "\u{1B}[J"
        drawn = []
        return text
    }

    /// Back to the first cell of the last frame. A narrower terminal has wrapped its lines: count what they take now.
    private func rewind(columns: Int) -> String {
        let width = max(columns, 1)
        let rows = drawn.reduce(0) { $0 + max(1, ($1 + width - 1) / width) }
        return rows > 1 ? "\r\u{1B}[\(rows - 1)A" : "\r"
    }
}
