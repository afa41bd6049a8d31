/// A set of chunk indices of one file, kept as sorted, disjoint ranges that do not touch.
///
/// Operations on two sets cost the sum of their ranges; questions about one index, the logarithm.
public struct ChunkRanges: Sendable, Hashable {
    /// The ranges, sorted. None is empty, none touches its neighbour.
    public private(set) var ranges: [Range<UInt32>]

    public init() {
        ranges = []
    }

    public init(_ range: Range<UInt32>) {
        ranges = range.isEmpty ? [] : [range]
    }

    /// Takes ranges in any order; they may overlap.
    public init(_ unsorted: some Sequence<Range<UInt32>>) {
        ranges = []
        for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) { appendSorted(range) }
    }

    /// Appends a range that starts no earlier than the last one.
    private mutating func appendSorted(_ range: Range<UInt32>) {
        guard !range.isEmpty else { return }
        if let last = ranges.last, range.lowerBound <= last.upperBound {
            ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
            ranges.append(range)
        }
    }

    public var isEmpty: Bool { ranges.isEmpty }

    /// How many chunks are in the set.
    public var count: Int { ranges.reduce(0) { $0 + $1.count } }

    /// One past the last chunk; 0 if there is none.
    public var upperBound: UInt32 { ranges.last?.upperBound ?? 0 }

    /// The place of the first range that ends after `index`.
    private func place(of index: UInt32) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= index { low = middle + 1 } else { high = middle }
        }
        return low
    }

    public func contains(_ index: UInt32) -> Bool {
        let place = place(of: index)
        return place < ranges.count && ranges[place].contains(index)
    }

    /// Whether every chunk of `range` is in the set.
    public func contains(_ range: Range<UInt32>) -> Bool {
        guard !range.isEmpty else { return true }
        let place = place(of: range.lowerBound)
        return place < ranges.count && ranges[place].lowerBound <= range.lowerBound
            && range.upperBound <= ranges[place].upperBound
    }

    /// The first range of the set within `window`; nil if they have no chunk in common.
    public func first(within window: Range<UInt32>) -> Range<UInt32>? {
        let place = place(of: window.lowerBound)
        guard place < ranges.count else { return nil }
        let common = ranges[place].clamped(to: window)
        return common.isEmpty ? nil : common
    }

    public mutating func insert(_ range: Range<UInt32>) {
        guard !range.isEmpty else { return }
        // Ranges that touch are merged too, hence the step back by one.
        let first = place(of: range.lowerBound == 0 ? 0 : range.lowerBound - 1)
        var end = first
        var merged = range
        while end < ranges.count, ranges[end].lowerBound <= range.upperBound {
            merged = min(merged.lowerBound, ranges[end].lowerBound)..<max(merged.upperBound, ranges[end].upperBound)
            end += 1
        }
        ranges.replaceSubrange(first..<end, with: CollectionOfOne(merged))
    }

    public mutating func remove(_ range: Range<UInt32>) {
        guard !range.isEmpty else { return }
        let first = place(of: range.lowerBound)
        var end = first
        var left: [Range<UInt32>] = []
        while end < ranges.count, ranges[end].lowerBound < range.upperBound {
            let old = ranges[end]
            if old.lowerBound < range.lowerBound { left.append(old.lowerBound..<range.lowerBound) }
            if old.upperBound > range.upperBound { left.append(range.upperBound..<old.upperBound) }
            end += 1
        }
        ranges.replaceSubrange(first..<end, with: left)
    }

    public func union(_ other: ChunkRanges) -> ChunkRanges {
        if other.isEmpty { return self }
        if isEmpty { return other }
        var result = ChunkRanges()
        var (left, right) = (ranges[...], other.ranges[...])
        while let a = left.first, let b = right.first {
            if a.lowerBound <= b.lowerBound {
                result.appendSorted(a)
                left.removeFirst()
            } else {
                result.appendSorted(b)
                right.removeFirst()
            }
        }
        for range in left { result.appendSorted(range) }
        for range in right { result.appendSorted(range) }
        return result
    }

    public func intersection(_ other: ChunkRanges) -> ChunkRanges {
        var result = ChunkRanges()
        var (i, j) = (0, 0)
        while i < ranges.count, j < other.ranges.count {
            let common = ranges[i].clamped(to: other.ranges[j])
            if !common.isEmpty { result.ranges.append(common) }
            if ranges[i].upperBound <= other.ranges[j].upperBound { i += 1 } else { j += 1 }
        }
        return result
    }

    public func subtracting(_ other: ChunkRanges) -> ChunkRanges {
        var result = ChunkRanges()
        var j = 0
        for range in ranges {
            var start = range.lowerBound
            while j < other.ranges.count, other.ranges[j].upperBound <= start { j += 1 }
            var k = j
            while k < other.ranges.count, other.ranges[k].lowerBound < range.upperBound {
                let hole = other.ranges[k]
                if hole.lowerBound > start { result.ranges.append(start..<hole.lowerBound) }
                start = max(start, hole.upperBound)
                k += 1
            }
            if start < range.upperBound { result.ranges.append(start..<range.upperBound) }
        }
        return result
    }
}

/// On the wire: the number of ranges, then for each the gap since the last one's end and its length, all as varints.
extension ChunkRanges {
    /// Ranges that one message may carry.
    public static let maximumCount = 131_072

    package func encode(to bytes: inout [UInt8]) {
        bytes.append(varint: UInt32(truncatingIfNeeded: ranges.count))
        var end: UInt32 = 0
        for range in ranges {
            bytes.append(varint: range.lowerBound - end)
            bytes.append(varint: range.upperBound - range.lowerBound)
            end = range.upperBound
        }
    }

    /// Reads a set from a message.
    /// - Parameter chunkCount: how many chunks the file has; a chunk past them is an error.
    package init(from reader: inout WireReader, chunkCount: UInt32 = .max) throws(SwarmWireError) {
        let count = try reader.varint("the number of ranges")
        // Each range takes at least two bytes.
        guard count <= Self.maximumCount, Int(count) * 2 <= reader.remaining else {
            throw SwarmWireError(.tooLarge, "a message promises \(count) ranges of chunks")
        }
        ranges = []
        ranges.reserveCapacity(Int(count))
        var end: UInt64 = 0
        for index in 0..<count {
            let gap = try reader.varint("a gap between ranges")
            let length = try reader.varint("the length of a range")
            let start = end + UInt64(gap)
            end = start + UInt64(length)
            guard length > 0, gap > 0 || index == 0, end <= UInt64(chunkCount) else {
                throw SwarmWireError(
                    .malformed, "a range of chunks is empty, touches its neighbour or ends past the file")
            }
            ranges.append(UInt32(start)..<UInt32(end))
        }
    }
}
