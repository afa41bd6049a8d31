internal import ChunkStore
internal import Xet

/// Where the chunks of a push are stored or about to be, so that each travels once: in the push's own xorbs, pending
/// ones included; in xorbs that interrupted or concurrent pushes brought; in what the shard cache knows of the CAS.
///
/// Costs about 75 bytes per new chunk of some 64 KiB: the index entry, and the chunk list for the shard.
struct DedupIndex {
    /// A chunk of a xorb that this push knows by its ordinal.
    struct Place {
        var xorb: UInt32
        var chunk: UInt32
    }

    enum Source {
        case own(Place)
        case cached(ShardSet.Hit)
    }

    /// Consecutive chunks of one xorb.
    struct Run {
        var source: Source
        var length: Int
    }

    /// By the first eighth of the hash, the rest of which stands in ``xorbs``. Of two chunks that agree in it the first
    /// counts, and the other is stored each time that it comes.
    private var places: [UInt64: Place] = [:]
    /// Chunk lists of all xorbs, the unfinished one last.
    private(set) var xorbs: [[Chunk]] = []
    /// Xorbs that are stored already; the first in ``xorbs``.
    let known: [XorbHash]
    private var cached: ShardSet

    /// - Parameters:
    ///   - known: xorbs of other pushes, complete.
    ///   - cached: what is known besides.
    init(known: [StoredXorb] = [], cached: ShardSet = ShardSet()) {
        self.known = known.map(\.hash)
        self.cached = cached
        for (ordinal, xorb) in known.enumerated() {
            for (position, chunk) in xorb.chunks.enumerated() {
                places[chunk.hash.w0] = Place(xorb: UInt32(ordinal), chunk: UInt32(position))
            }
            xorbs.append(xorb.chunks)
        }
        xorbs.append([])
    }

    /// Whether a run lies in the xorb that is being filled.
    func isUnfinished(_ run: Run) -> Bool {
        if case .own(let place) = run.source { Int(place.xorb) == xorbs.count - 1 } else { false }
    }

    mutating func isKnown(_ hash: ChunkHash) -> Bool { place(of: hash) != nil || cached.find(hash) != nil }

    private func place(of hash: ChunkHash) -> Place? {
        places[hash.w0].flatMap { xorbs[Int($0.xorb)][Int($0.chunk)].hash == hash ? $0 : nil }
    }

    /// Finds where the first of some chunks is stored, and how many of the others follow it there.
    mutating func find(_ chunks: ArraySlice<Chunk>) -> Run? {
        guard let first = chunks.first else { return nil }
        if let place = place(of: first.hash) {
            let source = Source.own(place)
            return Run(source: source, length: 1 + following(source, from: 1, chunks.dropFirst()))
        }
        guard let hit = cached.find(first.hash), cached.continues(hit, by: 0, with: first) else { return nil }
        let source = Source.cached(hit)
        return Run(source: source, length: 1 + following(source, from: 1, chunks.dropFirst()))
    }

    /// How many of some chunks follow right after a run.
    func continuation(of run: Run, _ chunks: ArraySlice<Chunk>) -> Int {
        following(run.source, from: run.length, chunks)
    }

    private func following(_ source: Source, from distance: Int, _ chunks: ArraySlice<Chunk>) -> Int {
        var count = 0
        for chunk in chunks {
            let continues =
                switch source {
                case .own(let place):
                    self.chunk(place, distance + count) == chunk
                case .cached(let hit):
                    cached.continues(hit, by: distance + count, with: chunk)
                }
            guard continues else { break }
            count += 1
        }
        return count
    }

    private func chunk(_ place: Place, _ distance: Int) -> Chunk? {
        let list = xorbs[Int(place.xorb)]
        let index = Int(place.chunk) + distance
        return index < list.count ? list[index] : nil
    }

    /// Notes that a chunk was added to the unfinished xorb.
    mutating func add(_ chunk: Chunk) -> Place {
        let place = Place(xorb: UInt32(xorbs.count - 1), chunk: UInt32(xorbs[xorbs.count - 1].count))
        xorbs[xorbs.count - 1].append(chunk)
        places[chunk.hash.w0] = places[chunk.hash.w0] ?? place
        return place
    }

    /// Closes the unfinished xorb; the next chunks go to a new one.
    /// - Returns: its chunks.
    mutating func closeXorb() -> [Chunk] {
        let closed = xorbs[xorbs.count - 1]
        xorbs.append([])
        return closed
    }

    /// Takes in what the CAS has told about chunks.
    mutating func add(_ shards: [MappedShard]) { for shard in shards { cached.add(shard) } }

    /// What was opened from the cache, with the marks of use.
    var cache: ShardSet { cached }

    /// The name under which recipes refer to a xorb whose hash is not known before it is finished.
    static func placeholder(_ ordinal: UInt32) -> XorbHash {
        XorbHash(w0: UInt64(ordinal), w1: .max, w2: .max, w3: .max)
    }

    /// The ordinal that a placeholder stands for; nil for a real hash.
    static func ordinal(of hash: XorbHash) -> Int? {
        hash.w1 & hash.w2 & hash.w3 == .max ? Int(exactly: hash.w0) : nil
    }
}
