internal import Publish
internal import Synchronization
internal import Terminal

/// Shows on a terminal what has been found so far, until the result is there.
final class DiscoverScreen: Sendable {
    private let isShown: Bool
    /// Lines of the last picture.
    private let height = Mutex(0)

    init(isShown: Bool) {
        self.isShown = isShown && TerminalStream.error.isTerminal && TerminalStream.output.isTerminal
    }

    func show(_ discovery: Discovery) {
        guard isShown else { return }
        let stream = TerminalStream.error
        let size = stream.size
        let table = DiscoverReport(discovery, pattern: "").lines(on: stream)
        let count = discovery.listings.count
        let status = "searching: \(count) found, of \(discovery.publishers) publishers"
        // Lines that wrap could not be taken back.
        let fitting = table.allSatisfy { TextWidth.of($0) < size.columns } ? Array(table.prefix(size.rows - 3)) : []
        height.withLock { height in
            stream.write(Self.erasing(height) + (fitting + [status]).map { $0 + "\n" }.joined())
            height = fitting.count + 1
        }
    }

    func clear() {
        guard isShown else { return }
        height.withLock { height in
            TerminalStream.error.write(Self.erasing(height))
            height = 0
        }
    }

    private static func erasing(_ lines: Int) -> String { lines > 0 ? "\u{1B}[\(lines)A\u{1B}[J" : "" }
}
