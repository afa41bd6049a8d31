internal import Xet

/// Picks the chunks that a CAS is asked about: the first of each file, and those whose hash makes them eligible, at
/// least 256 chunks apart (xet-protocol §7.3). No chunk is asked about twice in a push.
struct QuestionChooser {
    private static let spacing = 256

    private struct Progress {
        /// Chunks of the file seen so far.
        var seen = 0
        var lastAsked: Int?
    }

    private var files: [Int: Progress] = [:]
    private var asked: Set<ChunkHash> = []

    /// - Parameters:
    ///   - sizes: the sizes of the files; a file of one chunk is not worth a request.
    ///   - isKnown: whether a chunk is found without asking.
    mutating func choose(
        from batch: ChunkBatch, sizes: [UInt64], isKnown: (ChunkHash) -> Bool
    ) -> [ChunkHash] {
        var chosen: [ChunkHash] = []
        for piece in batch.pieces {
            var progress = files.removeValue(forKey: piece.file) ?? Progress()
            let isLarge = sizes[piece.file] > UInt64(XetLimits.maximumChunk)
            for position in piece.chunks {
                let number = progress.seen
                progress.seen += 1
                let hash = batch.chunks[position].hash
                guard isLarge, number == 0 || hash.isGlobalDedupEligible,
                    progress.lastAsked.map({ number >= $0 + Self.spacing }) ?? true,
                    !asked.contains(hash), !isKnown(hash)
                else { continue }
                progress.lastAsked = number
                asked.insert(hash)
                chosen.append(hash)
            }
            if piece.summary == nil { files[piece.file] = progress }
        }
        return chosen
    }
}
