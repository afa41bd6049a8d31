internal import HubClient
internal import Terminal

/// What a pull tells people at its end.
enum PullReport {
    /// One line for people.
    static func summary(_ result: PullResult, elapsed: Duration) -> String {
        let bytes = result.files.reduce(0) { $0 + $1.size }
        let count = result.files.count
        var parts = ["\(count) \(count == 1 ? "file" : "files"), \(ByteText.size(bytes))"]
        let statistics = result.statistics
        if statistics.networkBytes > 0 {
            let source = statistics.peerBytes > 0 ? " (\(ByteText.size(statistics.peerBytes)) from peers)" : ""
            parts.append("\(ByteText.size(statistics.networkBytes)) received\(source)")
        }
        if statistics.resumedBytes > 0 { parts.append("\(ByteText.size(statistics.resumedBytes)) resumed") }
        if statistics.reusedBytes > 0 { parts.append("\(ByteText.size(statistics.reusedBytes)) already here") }
        return "pulled " + parts.joined(separator: ", ") + " in \(DurationText.elapsed(elapsed))"
    }
}
