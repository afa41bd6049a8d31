internal import Transfer

/// A pull's result as JSON: what `shoal pull --json` prints.
package struct PullDocument: Encodable, Sendable {
    package struct File: Encodable, Sendable {
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

    package init(_ result: PullResult, elapsed: Duration) {
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
        let (whole, fraction) = elapsed.components
        seconds = Double(whole * 1000 + fraction / 1_000_000_000_000_000) / 1000
    }
}

extension TransferOutcome {
    /// The word in JSON output.
    package var word: String {
        switch self {
        case .transferred: "transferred"
        case .alreadyPresent: "already_present"
        case .failed: "failed"
        }
    }
}
