internal import HubClient
internal import Terminal
internal import Transfer

/// What `shoal pull --json` prints.
struct PullReport: Encodable {
    struct File: Encodable {
        var path: String
        var size: UInt64
        var outcome: String
    }

    /// The snapshot folder, or the file when exactly one was named.
    var path: String
    var commit: String
    var files: [File]
    /// Bytes of all files together.
    var bytes: UInt64
    /// Bytes received from the network.
    var transferredBytes: UInt64
    /// Those of them that came from peers.
    var peerBytes: UInt64
    /// Those of them that came from the hub and its storage.
    var hubBytes: UInt64
    /// Bytes that local files had already.
    var reusedBytes: UInt64
    /// Bytes kept from an interrupted pull.
    var resumedBytes: UInt64
    /// The network is off or the hub did not answer; the revision is the one that the cache knows.
    var isOffline: Bool
    var seconds: Double

    enum CodingKeys: String, CodingKey {
        case path, commit, files, bytes
        case transferredBytes = "transferred_bytes"
        case peerBytes = "peer_bytes"
        case hubBytes = "hub_bytes"
        case reusedBytes = "reused_bytes"
        case resumedBytes = "resumed_bytes"
        case isOffline = "offline"
        case seconds
    }

    init(_ result: PullResult, elapsed: Duration) {
        path = result.path
        commit = result.commit
        files = result.files.map { File(path: $0.path, size: $0.size, outcome: $0.outcome.word) }
        bytes = files.reduce(0) { $0 + $1.size }
        transferredBytes = result.statistics.networkBytes
        peerBytes = result.statistics.peerBytes
        hubBytes = transferredBytes - min(transferredBytes, peerBytes)
        reusedBytes = result.statistics.reusedBytes
        resumedBytes = result.statistics.resumedBytes
        isOffline = result.isOffline
        seconds = Double(DurationText.milliseconds(of: elapsed)) / 1000
    }

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

extension TransferOutcome {
    /// The word in JSON output.
    var word: String {
        switch self {
        case .transferred: "transferred"
        case .alreadyPresent: "already_present"
        case .failed: "failed"
        }
    }
}
