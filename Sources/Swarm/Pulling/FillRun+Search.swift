internal import SwarmWire
internal import Xet

/// Looking for peers of zest's kind, where those who know files do not suffice.
extension FillRun {
    /// Such peers that are enough.
    private static let enough = 4

    func searchXorbs() {
        guard file.canSearchXorbs, finder == nil, search.isDue(now), !planner.isComplete,
            file.announced.isSupplied != true,
            neighbours.neighbours.values.count(where: { $0.member.link.knowsXorbsAlone }) < Self.enough
        else { return }
        guard xorbs.isKnown else { return locate() }
        let missing = xorbs.names { planner.units?.units[$0].isDone != true }
        guard let (names, seconds) = search.begin(missing) else { return }
        let (file, post) = (file, post)
        jobs.append(
            Job {
                let isDone = await file.peers.search(names, for: file, seconds: seconds)
                post.yield(.searched(isDone))
            })
    }
}
