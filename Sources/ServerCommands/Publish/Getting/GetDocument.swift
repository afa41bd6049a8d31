internal import HubClient
internal import Publish
internal import PublishWire
internal import Terminal

/// What `shoal get` prints.
struct GetDocument: Encodable {
    struct File: Encodable {
        var path: String
        var size: Int64
        var outcome: String
    }

    struct Publisher: Encodable {
        var key: String
        /// `own`, `trusted`, `new` or `unknown`.
        var trust: String
    }

    struct Statistics: Encodable {
        var peerBytes: Int64
        var webBytes: Int64
        var hubBytes: Int64
        var swarmBytes: Int64
        var localBytes: Int64
        var resumedBytes: Int64
        var peers: Int
        var seconds: Double

        enum CodingKeys: String, CodingKey {
            case peers, seconds
            case peerBytes = "peer_bytes"
            case webBytes = "web_bytes"
            case hubBytes = "hub_bytes"
            case swarmBytes = "swarm_bytes"
            case localBytes = "local_bytes"
            case resumedBytes = "resumed_bytes"
        }
    }

    var name: String
    var version: String?
    var path: String
    var infoHashV1: String?
    var infoHashV2: String?
    var license: String?
    /// `signed`, `unsigned` or `pieces`.
    var proof: String
    var publisher: Publisher?
    /// `verified`, `not_on_hub` or `unknown`; nil where no hub was asked.
    var hubCheck: String?
    var files: [File]
    var isComplete: Bool
    var isSeeding: Bool
    var snapshot: String?
    var statistics: Statistics

    enum CodingKeys: String, CodingKey {
        case name, version, path, license, proof, publisher, files, snapshot, statistics
        case infoHashV1 = "info_hash_v1"
        case infoHashV2 = "info_hash_v2"
        case hubCheck = "hub_check"
        case isComplete = "complete"
        case isSeeding = "seeding"
    }

    private let elapsed: Duration

    init(_ result: GetResult, snapshot: String?, isSeeding: Bool) {
        name = result.name
        version = result.entry?.version ?? result.manifest?.version
        path = result.folder
        infoHashV1 = result.hashes.v1.map { Hex.encode($0) }
        infoHashV2 = result.hashes.v2.map { Hex.encode($0) }
        license = result.manifest?.license
        proof = result.proof.rawValue
        publisher = result.publisher.map {
            Publisher(key: $0.fingerprint, trust: result.isOwn ? "own" : Self.word(result.verdict))
        }
        hubCheck = result.hubCheck?.word
        files = result.files.map { File(path: $0.path, size: $0.size, outcome: $0.outcome.rawValue) }
        isComplete = result.entry != nil
        self.isSeeding = isSeeding
        self.snapshot = snapshot
        elapsed = result.elapsed
        statistics = Statistics(
            peerBytes: result.fromPeers, webBytes: result.fromSources[.web] ?? 0,
            hubBytes: result.fromSources[.hub] ?? 0, swarmBytes: result.fromSources[.swarm] ?? 0,
            localBytes: result.fromSources[.local] ?? 0,
            resumedBytes: result.resumed, peers: result.peers,
            seconds: (Double(Int(result.elapsed / .milliseconds(1))) / 1000))
    }

    private static func word(_ verdict: TrustBook.Verdict?) -> String {
        switch verdict {
        case .trusted: "trusted"
        case .new: "new"
        case .unknown, nil: "unknown"
        case .conflict: "conflict"
        case .revoked: "revoked"
        }
    }

    /// One line for people.
    var summary: String {
        let bytes = files.reduce(0) { $0 + $1.size }
        var parts = ["\(files.count) \(files.count == 1 ? "file" : "files"), \(ByteText.size(UInt64(bytes)))"]
        for (bytes, source) in [
            (statistics.peerBytes, "from peers"), (statistics.webBytes, "from web servers"),
            (statistics.hubBytes, "from the hub"), (statistics.swarmBytes, "from the Xet swarm"),
            (statistics.localBytes, "from this machine"), (statistics.resumedBytes, "resumed"),
        ] where bytes > 0 {
            parts.append("\(ByteText.size(UInt64(bytes))) \(source)")
        }
        return "got " + parts.joined(separator: ", ") + " in \(DurationText.elapsed(elapsed))"
    }

    /// What a person should know of who published it.
    var remarks: [String] {
        switch proof {
        case GetResult.Proof.pieces.rawValue:
            return ["note: nobody has signed this torrent; its files are what its hash says, whoever made it"]
        case GetResult.Proof.unsigned.rawValue:
            return ["note: the manifest is not signed; nobody stands for \(TextWidth.printable(name))"]
        default: break
        }
        guard let publisher, publisher.trust != "trusted", publisher.trust != "own" else { return [] }
        let key = PublisherKey(fingerprint: publisher.key)?.shortForm ?? publisher.key
        let known = publisher.trust == "new" ? "known, but new for this namespace" : "not known so far"
        let proof = hubCheck == "verified" ? "; its files are the hub's own, by the hub's hashes" : ""
        return ["note: published by \(key), who is \(known)\(proof); 'shoal trust list' shows whom you trust"]
    }
}
