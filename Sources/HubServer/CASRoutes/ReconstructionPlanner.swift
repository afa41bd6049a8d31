import HubWire
import Xet

/// Works out which chunks a client must fetch for parts of files, and from which bytes of which xorbs
/// (xet-protocol §5.3).
struct ReconstructionPlanner {
    struct FilePlan: Sendable {
        /// Bytes to drop from the start of the first term.
        var offsetIntoFirstTerm: UInt64 = 0
        var terms: [ReconstructionTerm] = []
    }

    /// A run of chunks and the bytes it takes in the xorb object.
    struct Fetch: Sendable, Hashable {
        var chunks: Range<UInt32>
        var bytes: ClosedRange<UInt64>
    }

    struct XorbFetches: Sendable {
        var object: ObjectKey
        var bodyLength: UInt64
        /// Ascending, neither overlapping nor adjacent.
        var fetches: [Fetch]
    }

    private let index: (ObjectKey) throws -> XorbIndex
    private var needs: [ObjectKey: (order: Int, bodyLength: UInt64, fetches: [Fetch])] = [:]

    /// - Parameter index: finds the chunks of a stored object; may block.
    init(index: @escaping (ObjectKey) throws -> XorbIndex) { self.index = index }

    /// Adds a part of a file. An empty part needs nothing.
    mutating func add(_ file: ContentFile, range: Range<UInt64>) throws -> FilePlan {
        var plan = FilePlan()
        var position: UInt64 = 0
        for segment in file.recipe.segments {
            let end = position + UInt64(segment.unpackedLength)
            defer { position = end }
            guard position < range.upperBound else { break }
            guard end > range.lowerBound else { continue }
            let object = try file.object(of: segment.xorb)
            let xorb = try index(object)
            guard xorb.contains(segment.chunks) else {
                throw ContentError.damagedMetadata("a recipe points outside xorb \(segment.xorb)")
            }
            // Positions inside the xorb of what is wanted from this segment.
            let base = UInt64(xorb.unpackedStart(of: segment.chunks.lowerBound))
            let from = base + (max(range.lowerBound, position) - position)
            let to = base + (min(range.upperBound, end) - position)
            let first = xorb.firstChunk(endingAfter: from)
            let last = xorb.firstChunk(endingAfter: to - 1)
            let chunks = first..<last + 1
            if plan.terms.isEmpty { plan.offsetIntoFirstTerm = from - UInt64(xorb.unpackedStart(of: first)) }
            plan.terms.append(
                ReconstructionTerm(
                    hash: "\(segment.xorb)", unpackedLength: xorb.unpackedLength(of: chunks),
                    range: ChunkIndexRange(start: chunks.lowerBound, end: chunks.upperBound)))
            let fetch = Fetch(chunks: chunks, bytes: xorb.byteRange(of: chunks))
            let unseen = (order: needs.count, bodyLength: UInt64(xorb.bodyLength), fetches: [Fetch]())
            needs[object, default: unseen].fetches.append(fetch)
        }
        return plan
    }

    /// What has to be fetched for everything added, per xorb in the order of first use. Runs that overlap or touch
    /// are merged, so that each term lies in one of them.
    func fetches() -> [XorbFetches] {
        needs.sorted { $0.value.order < $1.value.order }.map { object, need in
            XorbFetches(object: object, bodyLength: need.bodyLength, fetches: Self.merged(need.fetches))
        }
    }

    private static func merged(_ fetches: [Fetch]) -> [Fetch] {
        var merged: [Fetch] = []
        for next in fetches.sorted(by: { $0.chunks.lowerBound < $1.chunks.lowerBound }) {
            guard let last = merged.last, next.chunks.lowerBound <= last.chunks.upperBound else {
                merged.append(next)
                continue
            }
            merged[merged.count - 1] = Fetch(
                chunks: last.chunks.lowerBound..<max(last.chunks.upperBound, next.chunks.upperBound),
                bytes: last.bytes.lowerBound...max(last.bytes.upperBound, next.bytes.upperBound))
        }
        return merged
    }
}

extension XorbIndex {
    /// The chunk that holds an unpacked position of the xorb. O(log n).
    func firstChunk(endingAfter position: UInt64) -> UInt32 {
        var low = 0
        var high = unpackedEnds.count - 1
        while low < high {
            let middle = (low + high) / 2
            if UInt64(unpackedEnds[middle]) > position { high = middle } else { low = middle + 1 }
        }
        return UInt32(low)
    }
}
