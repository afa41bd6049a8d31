internal import Synchronization

/// Lines for people on standard error where that carries events: each becomes an event of its own, so that a program
/// that reads one JSON object per line can read all of it.
enum EventLines {
    private static let isChosen = Atomic<Bool>(false)

    /// From now on, for the rest of the process.
    static func choose() { isChosen.store(true, ordering: .relaxed) }

    static var isOn: Bool { isChosen.load(ordering: .relaxed) }

    /// `error: …` becomes `{"event":"error","message":"…"}`; a line without a label is a `note`. Events stay as they are.
    static func event(_ line: some StringProtocol) -> String {
        if line.hasPrefix(#"{"event":"#) { return String(line) }
        let label = ["error", "hint", "warning", "note"].first { line.hasPrefix($0 + ": ") }
        let text = label.map { String(line.dropFirst($0.count + 2)) } ?? String(line)
        return #"{"event":"\#(label ?? "note")","message":\#(JSONText.quoted(text))}"#
    }
}
