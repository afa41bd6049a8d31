internal import ChunkStore
internal import Synchronization
package import Xet

/// The chunks of a file while nobody has its manifest. How many there are, and in which xorbs they lie, follows from the
/// hub's terms; what they are is learnt xorb by xorb: the list of a whole xorb's chunks proves itself against the
/// xorb's hash, whether it comes from a peer or from the bytes that have come.
///
/// Takes about 50 bytes for each chunk of the file.
package final class ManifestDraft: Sendable {
    /// A stretch of the file that is a stretch of a xorb.
    package struct Place: Sendable {
        /// Numbers of chunks in the file.
        package var chunks: Range<Int>
        package var bytes: Range<UInt64>
        /// Which of the draft's xorbs.
        package var xorb: Int
        /// The number in the xorb of the first chunk.
        var first: Int
    }

    package struct Xorb: Sendable {
        package var hash: XorbHash
        package var places: [Place] = []
        /// Whether the file has all chunks up to the last one that it has, so that the xorb may be whole and prove itself.
        package var mayBeWhole = false
        /// Behind the last chunk that the file has.
        var end = 0
    }

    /// What is known of a xorb.
    private struct Knowledge {
        /// Its chunks; where the whole list is not known, those that the file does not have are zero. Empty: not known.
        var chunks: [Chunk] = []
        var isWhole = false
        /// Bytes of the file for which there are candidates.
        var candidateBytes: UInt64 = 0
    }

    private struct State {
        var knowledge: [Knowledge]
        var unknown: Int
        /// Where chunks start; of xorbs that are not known, nothing.
        var offsets: [UInt64]
        /// Whether the bytes on the disk are known to be a chunk's.
        var isVerified: [Bool]
        var verified = 0
        /// Chunks that have come of xorbs that are not known, by where they start.
        var candidates: [UInt64: Chunk] = [:]
        var news: [Int] = []
        var isProven = false
    }

    /// Files with more chunks are not shared before there is a manifest.
    package static let mostChunks = 1 << 20

    package let hash: FileHash
    package let size: UInt64
    package let chunkCount: Int
    package let xorbs: [Xorb]
    /// In the order of the file.
    package let places: [Place]
    private let numbers: [XorbHash: Int]
    private let state: Mutex<State>

    /// - Parameter terms: all of the file, in its order.
    /// - Returns: nil when they are not, when they are impossible, or too many.
    init?(of hash: FileHash, size: UInt64, terms: [TermLog.Entry]) {
        var places: [Place] = []
        var xorbs: [Xorb] = []
        var numbers: [XorbHash: Int] = [:]
        var chunkCount = 0
        var position: UInt64 = 0
        for term in terms {
            let count = term.chunks.count
            guard term.range.lowerBound == position, count > 0, chunkCount + count <= Self.mostChunks,
                Int(term.chunks.upperBound) <= XetLimits.maximumXorbChunks, term.range.count >= count,
                term.range.count <= count * XetLimits.maximumChunk
            else { return nil }
            position = term.range.upperBound
            let number = numbers[term.xorb] ?? xorbs.count
            if number == xorbs.count {
                numbers[term.xorb] = number
                xorbs.append(Xorb(hash: term.xorb))
            }
            let chunks = chunkCount..<chunkCount + count
            chunkCount += count
            // Plans are asked for part by part, and cut what lies across two of them.
            if let last = places.last, last.xorb == number,
                last.first + last.chunks.count == Int(term.chunks.lowerBound)
            {
                places[places.count - 1].chunks = last.chunks.lowerBound..<chunks.upperBound
                places[places.count - 1].bytes = last.bytes.lowerBound..<term.range.upperBound
            } else {
                places.append(
                    Place(chunks: chunks, bytes: term.range, xorb: number, first: Int(term.chunks.lowerBound)))
            }
        }
        guard position == size, chunkCount > 0 else { return nil }
        for place in places { xorbs[place.xorb].places.append(place) }
        for number in xorbs.indices {
            var end = 0
            var hasHole = false
            for place in xorbs[number].places.sorted(by: { $0.first < $1.first }) {
                if place.first > end { hasHole = true }
                end = max(end, place.first + place.chunks.count)
            }
            xorbs[number].end = end
            xorbs[number].mayBeWhole = !hasHole
        }
        self.hash = hash
        self.size = size
        self.chunkCount = chunkCount
        self.places = places
        self.xorbs = xorbs
        self.numbers = numbers
        state = Mutex(
            State(
                knowledge: [Knowledge](repeating: Knowledge(), count: xorbs.count), unknown: xorbs.count,
                offsets: [UInt64](repeating: 0, count: chunkCount),
                isVerified: [Bool](repeating: false, count: chunkCount)))
    }

    /// Bytes in xorbs that may be whole.
    var provableBytes: UInt64 {
        places.reduce(0) { $0 + (xorbs[$1.xorb].mayBeWhole ? UInt64($1.bytes.count) : 0) }
    }

    // MARK: What is known

    /// Whether all chunks are known, and make up the file's hash.
    package var isProven: Bool { state.withLock { $0.isProven } }

    /// Whether besides all bytes that were written are what they should be.
    var isFulfilled: Bool { state.withLock { $0.isProven && $0.verified == chunkCount } }

    package func isKnown(xorb: Int) -> Bool { state.withLock { !$0.knowledge[xorb].chunks.isEmpty } }

    /// A chunk of the file; nil while it is not known.
    package func chunk(at index: Int) -> Chunk? { state.withLock { chunk(at: index, $0) } }

    /// Where a chunk of the file starts; nil while it is not known.
    package func offset(of index: Int) -> UInt64? {
        let xorb = place(of: index).xorb
        return state.withLock { $0.knowledge[xorb].chunks.isEmpty ? nil : $0.offsets[index] }
    }

    /// Whether chunks are on the disk and are what they should be.
    package func isVerified(_ chunks: Range<Int>) -> Bool {
        state.withLock { state in chunks.allSatisfy { state.isVerified[$0] } }
    }

    /// The chunks of a whole xorb, proven; nil while that is not known.
    package func leaves(of xorb: XorbHash) -> [Chunk]? {
        guard let number = numbers[xorb] else { return nil }
        return state.withLock { $0.knowledge[number].isWhole ? $0.knowledge[number].chunks : nil }
    }

    /// The xorbs that have become known since the last call.
    package func takeNews() -> [Int] {
        state.withLock { state in
            defer { state.news = [] }
            return state.news
        }
    }

    /// The place that has a chunk of the file.
    package func place(of chunk: Int) -> Place {
        places[Self.last(places.count) { places[$0].chunks.lowerBound <= chunk }]
    }

    /// All chunks; nil while they are not proven.
    var chunks: [Chunk]? {
        state.withLock { state in state.isProven ? allChunks(state) : nil }
    }

    private func chunk(at index: Int, _ state: borrowing State) -> Chunk? {
        let place = place(of: index)
        let known = state.knowledge[place.xorb].chunks
        return known.isEmpty ? nil : known[place.first + index - place.chunks.lowerBound]
    }

    private func allChunks(_ state: borrowing State) -> [Chunk] {
        var all: [Chunk] = []
        all.reserveCapacity(chunkCount)
        for place in places {
            all += state.knowledge[place.xorb].chunks[place.first..<place.first + place.chunks.count]
        }
        return all
    }

    // MARK: What is learnt

    /// Takes what somebody says are the chunks of a whole xorb.
    /// - Returns: false when they are not.
    package func learn(_ leaves: [Chunk], of xorb: XorbHash) -> Bool {
        guard let number = numbers[xorb], leaves.count >= xorbs[number].end, XorbHash(of: leaves) == xorb,
            fits(leaves, xorbs[number])
        else { return false }
        state.withLock { know(leaves, isWhole: true, number, &$0) }
        return true
    }

    /// Takes what somebody says is the file's manifest, in its wire form.
    /// - Returns: false when it is not.
    package func learn(manifest: UnsafeRawBufferPointer) -> Bool {
        guard let all = try? FileManifest(decoding: manifest), all.chunks.count == chunkCount, all.fileHash == hash
        else { return false }
        var lists = xorbs.map { [Chunk](repeating: Chunk(hash: .zero, length: 0), count: $0.end) }
        for place in places {
            lists[place.xorb].replaceSubrange(
                place.first..<place.first + place.chunks.count, with: all.chunks[place.chunks])
        }
        // A file of other chunks than the terms say would be the hub's fault: nothing comes of it, but nobody has lied.
        for (number, list) in lists.enumerated() where fits(list, xorbs[number]) {
            state.withLock { know(list, isWhole: false, number, &$0) }
        }
        return true
    }

    /// Notes chunks that have just been hashed and written to the partial file, or were found there.
    func note(_ records: [JournalRecord]) {
        state.withLock { state in
            for record in records {
                let place = places[Self.last(places.count) { places[$0].bytes.lowerBound <= record.offset }]
                guard place.bytes.contains(record.offset), record.range.upperBound <= place.bytes.upperBound else {
                    continue
                }
                if state.knowledge[place.xorb].chunks.isEmpty {
                    if let before = state.candidates.updateValue(record.chunk, forKey: record.offset) {
                        state.knowledge[place.xorb].candidateBytes -= UInt64(before.length)
                    }
                    state.knowledge[place.xorb].candidateBytes += UInt64(record.chunk.length)
                    prove(place.xorb, &state)
                } else {
                    let index = Self.last(place.chunks.count) {
                        state.offsets[place.chunks.lowerBound + $0] <= record.offset
                    }
                    verify(place.chunks.lowerBound + index, record, &state)
                }
            }
        }
    }

    private func verify(_ index: Int, _ record: JournalRecord, _ state: inout State) {
        let isRight = state.offsets[index] == record.offset && chunk(at: index, state) == record.chunk
        guard state.isVerified[index] != isRight else { return }
        state.isVerified[index] = isRight
        state.verified += isRight ? 1 : -1
    }

    /// Once candidates for all of a xorb have come: are they the xorb?
    private func prove(_ number: Int, _ state: inout State) {
        let xorb = xorbs[number]
        let bytes = xorb.places.reduce(0) { $0 + UInt64($1.bytes.count) }
        guard xorb.mayBeWhole, state.knowledge[number].candidateBytes == bytes else { return }
        var chunks = [Chunk](repeating: Chunk(hash: .zero, length: 0), count: xorb.end)
        for place in xorb.places {
            var position = place.bytes.lowerBound
            for index in 0..<place.chunks.count {
                guard let chunk = state.candidates[position] else { return }
                chunks[place.first + index] = chunk
                position += UInt64(chunk.length)
            }
        }
        guard XorbHash(of: chunks) == xorb.hash, fits(chunks, xorb) else { return }
        know(chunks, isWhole: true, number, &state)
    }

    /// Whether chunks have the lengths that the terms tell.
    private func fits(_ chunks: [Chunk], _ xorb: Xorb) -> Bool {
        xorb.places.allSatisfy { place in
            let part = chunks[place.first..<place.first + place.chunks.count]
            return part.reduce(0) { $0 + UInt64($1.length) } == UInt64(place.bytes.count)
        }
    }

    private func know(_ chunks: [Chunk], isWhole: Bool, _ number: Int, _ state: inout State) {
        guard state.knowledge[number].chunks.isEmpty else {
            if isWhole, !state.knowledge[number].isWhole {
                state.knowledge[number].chunks = chunks
                state.knowledge[number].isWhole = true
            }
            return
        }
        state.knowledge[number].chunks = chunks
        state.knowledge[number].isWhole = isWhole
        state.unknown -= 1
        state.news.append(number)
        for place in xorbs[number].places {
            var position = place.bytes.lowerBound
            for index in place.chunks {
                let chunk = chunks[place.first + index - place.chunks.lowerBound]
                state.offsets[index] = position
                if state.candidates.removeValue(forKey: position) == chunk {
                    state.isVerified[index] = true
                    state.verified += 1
                }
                position += UInt64(chunk.length)
            }
        }
        if state.unknown == 0 {
            state.candidates = [:]
            state.isProven = FileHash(of: allChunks(state)) == hash
        }
    }

    /// The last of `count` places that fulfil a condition which all earlier ones fulfil too; 0 when none does.
    private static func last(_ count: Int, where isBefore: (Int) -> Bool) -> Int {
        max(0, (0..<count).partitionPoint { !isBefore($0) } - 1)
    }
}
