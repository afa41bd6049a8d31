internal import SwarmWire
internal import Transfer

/// The peers of a planner and the connections to them, and what was asked for on each.
struct NeighbourTable {
    struct Neighbour {
        var member: SwarmFile.Member
        /// Chunks that it has, as far as the planner was told of them.
        var chunks = ChunkRanges()
        /// What was asked for: the planner's runs by the numbers of requests.
        var requests: [PeerRequestID: (run: Int, chunks: Range<UInt32>, bytes: Int)] = [:]
        /// Those of them that are for units, by the planner's numbers of these.
        var units: [PeerRequestID: Int] = [:]
    }

    /// By the planner's numbers.
    var neighbours: [Int: Neighbour] = [:]
    /// From the numbers of links to those of the planner.
    var numbers: [Int: Int] = [:]
    /// The same of links that are there, and on which the file is not to be had for the present.
    var former: [Int: Int] = [:]

    mutating func cancel(_ run: Int, of peer: Int) {
        guard let neighbour = neighbours[peer] else { return }
        for (id, request) in neighbour.requests where request.run == run {
            neighbour.member.link.connection.cancel(id)
        }
    }

    /// Gives back the memory for all answers that have not come.
    mutating func releaseAll(of pull: SharedPull) {
        for (peer, neighbour) in neighbours {
            for (id, request) in neighbour.requests {
                neighbour.member.link.connection.cancel(id)
                pull.release(request.bytes)
            }
            neighbours[peer]?.requests = [:]
        }
    }
}
