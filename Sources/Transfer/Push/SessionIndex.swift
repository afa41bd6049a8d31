internal import Xet

/// Where the chunks of this push are stored or about to be, so that each travels once.
///
/// Xorbs that the CAS has from before come first, the push's own follow. Costs about 100 bytes per chunk of some
/// 64 KiB: the index entry, and the chunk list for the shard.
struct SessionIndex {
    struct Place {
        /// Ordinal of the xorb in the push.
        var xorb: UInt32
        var chunk: UInt32
    }

    private var places: [ChunkHash: Place] = [:]
    /// Chunk lists of all xorbs, the unfinished one last.
    private(set) var xorbs: [[Chunk]] = []
    /// Hashes of the xorbs from before, which are the first in ``xorbs``.
    let known: [XorbHash]

    /// - Parameter known: xorbs that the CAS has already.
    init(known: [ShardXorb]) {
        self.known = known.map(\.hash)
        for (ordinal, xorb) in known.enumerated() {
            for (position, chunk) in xorb.chunks.enumerated() {
                places[chunk.hash] = Place(xorb: UInt32(ordinal), chunk: UInt32(position))
            }
            xorbs.append(xorb.chunks.map { Chunk(hash: $0.hash, length: $0.length) })
        }
        xorbs.append([])
    }

    func find(_ hash: ChunkHash) -> Place? { places[hash] }

    /// Notes that a chunk was added to the unfinished xorb.
    mutating func add(_ chunk: Chunk) -> Place {
        let place = Place(xorb: UInt32(xorbs.count - 1), chunk: UInt32(xorbs[xorbs.count - 1].count))
        xorbs[xorbs.count - 1].append(chunk)
        places[chunk.hash] = place
        return place
    }

    /// Closes the unfinished xorb; the next chunks go to a new one.
    mutating func closeXorb() { xorbs.append([]) }
}
