extension RandomAccessCollection where Index == Int {
    /// Where a collection is parted by a condition that, from some element on, all fulfil: the index of the first of them,
    /// `endIndex` when there is none. O(log n).
    @inlinable
    package func partitionPoint(where isPast: (Element) throws -> Bool) rethrows -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if try isPast(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
