/// Disjoint, sorted, merged ranges of file positions: what of a file is already there.
public struct CoverageMap: Sendable, Equatable {
    public private(set) var ranges: [Range<UInt64>] = []

    public init() {}

    /// The number of positions covered.
    public var total: UInt64 { ranges.reduce(0) { $0 + UInt64($1.count) } }

    /// Adds a range, merging it with its neighbours; O(log n) plus the ranges it swallows.
    public mutating func insert(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        let first = ranges.partitionPoint { $0.upperBound >= range.lowerBound }
        var last = first
        var merged = range
        while last < ranges.count, ranges[last].lowerBound <= range.upperBound {
            merged = min(merged.lowerBound, ranges[last].lowerBound)..<max(merged.upperBound, ranges[last].upperBound)
            last += 1
        }
        ranges.replaceSubrange(first..<last, with: CollectionOfOne(merged))
    }

    /// Whether all of a range is covered.
    public func contains(_ range: Range<UInt64>) -> Bool {
        let index = ranges.partitionPoint { $0.upperBound >= range.upperBound }
        return range.isEmpty || (index < ranges.count && ranges[index].lowerBound <= range.lowerBound)
    }

    /// The parts of a range that are not covered, in order.
    public func gaps(in range: Range<UInt64>) -> [Range<UInt64>] {
        var gaps: [Range<UInt64>] = []
        var position = range.lowerBound
        var index = ranges.partitionPoint { $0.upperBound > range.lowerBound }
        while position < range.upperBound {
            guard index < ranges.count, ranges[index].lowerBound < range.upperBound else {
                gaps.append(position..<range.upperBound)
                break
            }
            if ranges[index].lowerBound > position { gaps.append(position..<ranges[index].lowerBound) }
            position = max(position, ranges[index].upperBound)
            index += 1
        }
        return gaps
    }
}
