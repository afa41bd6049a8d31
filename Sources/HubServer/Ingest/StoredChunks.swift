import Xet

/// Chunks of the store that an upload may build on instead of bringing them again.
///
/// They are found as clients find them: by the first chunk of a file and by those whose hash makes them known
/// (xet-protocol §5.5); a hit brings the chunks of that xorb and of its neighbours.
struct StoredChunks: Sendable {
    struct Place: Sendable {
        var xorb: XorbHash
        var index: UInt32
    }

    let query: ChunkQuery
    let claims: CASClaims

    private var places: [ChunkHash: Place] = [:]
    private var isFirst = true
    /// Where the run of stored chunks would go on.
    private var expected: Place?
    private var runs = 0
    private var chunks = 0

    /// Some 40 MiB of them.
    private static let maximumPlaces = 1 << 19
    /// Runs that may be short before they have to be long enough on average.
    private static let freeRuns = 64
    private static let averageRun = 8

    init(query: ChunkQuery, claims: CASClaims) {
        self.query = query
        self.claims = claims
    }

    /// Where the upload's next chunk is stored; nil when it has to be stored anew. Blocks.
    mutating func place(of chunk: ChunkHash) throws -> Place? {
        defer { isFirst = false }
        if places[chunk] == nil, isFirst || chunk.isGlobalDedupEligible { try learn(chunk) }
        guard let place = places[chunk], continues(place) || mayBegin else {
            expected = nil
            return nil
        }
        if !continues(place) { runs += 1 }
        chunks += 1
        expected = Place(xorb: place.xorb, index: place.index + 1)
        return place
    }

    private func continues(_ place: Place) -> Bool { expected?.xorb == place.xorb && expected?.index == place.index }

    /// A file that comes apart into short runs is slow to read.
    private var mayBegin: Bool { runs < Self.freeRuns || chunks >= runs * Self.averageRun }

    private mutating func learn(_ chunk: ChunkHash) throws {
        let found = try query.xorbs(around: chunk, for: claims, now: ContentStore.now)
        guard !found.isEmpty else { return }
        if places.count >= Self.maximumPlaces { places.removeAll() }
        for index in found {
            for (position, hash) in zip(UInt32(0)..., index.chunkHashes) where places[hash] == nil {
                places[hash] = Place(xorb: index.hash, index: position)
            }
        }
    }
}
