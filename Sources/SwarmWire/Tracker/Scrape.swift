/// The figures of swarms, which anybody may ask for who can name them (BEP 48).
public struct ScrapeReply: Sendable, Hashable {
    /// The figures of one swarm.
    public struct Figures: Sendable, Hashable {
        public var complete: Int
        public var incomplete: Int
        public var downloads: Int

        public init(complete: Int, incomplete: Int, downloads: Int) {
            self.complete = complete
            self.incomplete = incomplete
            self.downloads = downloads
        }
    }

    public var swarms: [SwarmID: Figures] = [:]
    /// Seconds that who asks should wait before the next time.
    public var minimumInterval: Int?

    public init() {}

    /// Swarms that are read from one answer.
    static let maximumSwarms = 1_000

    /// The swarms that a scrape's query names.
    public static func swarms(in query: QueryBytes) throws(SwarmWireError) -> [SwarmID] {
        var swarms: [SwarmID] = []
        for bytes in query.all("info_hash") {
            guard let swarm = SwarmID(bytes: bytes) else {
                throw SwarmWireError(.malformed, "info_hash must have 20 bytes")
            }
            swarms.append(swarm)
        }
        return swarms
    }

    /// The query that asks for swarms.
    public static func query(_ swarms: [SwarmID]) -> String {
        swarms.map { "info_hash=" + QueryBytes.escaped($0.bytes) }.joined(separator: "&")
    }

    public var encoded: [UInt8] {
        var files: [BencodeKey: BencodeValue] = [:]
        for (swarm, figures) in swarms {
            files[BencodeKey(swarm.bytes)] = [
                "complete": .integer(Int64(figures.complete)), "incomplete": .integer(Int64(figures.incomplete)),
                "downloaded": .integer(Int64(figures.downloads)),
            ]
        }
        var entries: [BencodeKey: BencodeValue] = ["files": .dictionary(files)]
        if let minimumInterval {
            entries["flags"] = ["min_request_interval": .integer(Int64(minimumInterval))]
        }
        return Bencode.encode(.dictionary(entries))
    }

    /// Reads an answer, whatever its status was.
    public static func decode(_ bytes: [UInt8]) throws(SwarmWireError) -> Result<ScrapeReply, TrackerFailure> {
        let value = try Bencode.decode(bytes, limits: .init(depth: 4, nodes: 8 * maximumSwarms + 16))
        if let failure = TrackerFailure(value) { return .failure(failure) }
        guard let files = value["files"]?.dictionary else {
            throw SwarmWireError(.malformed, "a tracker's answer has no figures")
        }
        var reply = ScrapeReply()
        for (key, figures) in files {
            guard let swarm = SwarmID(bytes: key.bytes) else { continue }
            func count(_ key: BencodeKey) -> Int { Int(clamping: max(0, figures[key]?.integer ?? 0)) }
            reply.swarms[swarm] = Figures(
                complete: count("complete"), incomplete: count("incomplete"), downloads: count("downloaded"))
        }
        reply.minimumInterval = value["flags"]?["min_request_interval"]?.integer.map { Int(clamping: max(0, $0)) }
        return .success(reply)
    }
}
