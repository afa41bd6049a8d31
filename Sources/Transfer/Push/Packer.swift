internal import Xet

/// Sorts the chunks of a push into known and new ones, and packs the new ones into xorbs.
///
/// Proof of `@unchecked Sendable`: one job at a time uses a packer, and each is awaited before the next.
final class Packer: @unchecked Sendable {
    private(set) var index: SessionIndex
    /// Whether a chunk was found in a xorb that the CAS has from before.
    private(set) var reliesOnKnown = false
    private(set) var newBytes: UInt64 = 0
    private(set) var dedupedBytes: UInt64 = 0
    private(set) var chunkCount: UInt64 = 0
    private(set) var recipes: [Int: FileRecipe] = [:]
    private(set) var summaries: [Int: FileSummary] = [:]

    private var schemes = SchemeChooser()

    /// - Parameter known: xorbs that the CAS has already.
    init(known: [ShardXorb]) { index = SessionIndex(known: known) }

    /// Packs chunks of a batch, from one on, until the xorb is full.
    /// - Returns: the first chunk that did not fit any more, or nil when the batch is done.
    func pack(_ batch: ChunkBatch, from start: Int, into builder: XorbBuilder) -> Int? {
        for piece in batch.pieces where piece.chunks.upperBound > start || piece.summary != nil {
            let first = max(piece.chunks.lowerBound, start)
            if first == piece.chunks.lowerBound, recipes[piece.file] == nil {
                recipes[piece.file] = FileRecipe()
                schemes.beginFile()
            }
            guard first <= piece.chunks.upperBound else { continue }
            var recipe = recipes.removeValue(forKey: piece.file) ?? FileRecipe()
            defer { recipes[piece.file] = recipe }
            for position in first..<piece.chunks.upperBound {
                let chunk = batch.chunks[position]
                if let place = index.find(chunk.hash) {
                    recipe.append(place, length: chunk.length)
                    if Int(place.xorb) < index.known.count { reliesOnKnown = true }
                    dedupedBytes += UInt64(chunk.length)
                } else {
                    guard builder.canAppend(length: Int(chunk.length)) else { return position }
                    let bytes = batch.bytes(at: position)
                    builder.append(bytes, hash: chunk.hash, scheme: schemes.choose(for: bytes))
                    recipe.append(index.add(chunk), length: chunk.length)
                    newBytes += UInt64(chunk.length)
                }
                chunkCount += 1
            }
            if let summary = piece.summary { summaries[piece.file] = summary }
        }
        return nil
    }

    func closeXorb() { index.closeXorb() }
}
