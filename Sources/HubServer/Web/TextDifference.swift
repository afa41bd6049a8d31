/// The changed lines of a small text file, with a little of what stands around them.
struct TextDifference: Sendable {
    enum Line: Sendable, Equatable {
        case same(Substring), removed(Substring), added(Substring)
        /// Unchanged lines are left out here.
        case gap
    }

    var lines: [Line] = []
    var added = 0
    var removed = 0

    /// In bytes; longer texts are not compared.
    static let maximumLength = 64 << 10
    private static let maximumLines = 2_000
    private static let context = 3
    /// The cost of a comparison grows with the number of changes times the number of lines.
    private static let maximumCost = 400_000

    /// Nil when the texts are too long to be compared cheaply.
    init?(from old: String, to new: String) {
        let left = old.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let right = new.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard old.utf8.count <= Self.maximumLength, new.utf8.count <= Self.maximumLength,
            left.count <= Self.maximumLines, right.count <= Self.maximumLines
        else { return nil }
        // What both start and end with needs no comparison.
        let head = zip(left, right).prefix { $0 == $1 }.count
        let tail = zip(left.dropFirst(head).reversed(), right.dropFirst(head).reversed()).prefix { $0 == $1 }.count
        let (before, after) = (Array(left.dropFirst(head).dropLast(tail)), Array(right.dropFirst(head).dropLast(tail)))
        guard before.count * after.count <= Self.maximumCost else { return nil }
        let difference = after.difference(from: before)
        var removals: Set<Int> = []
        var insertions: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removals.insert(offset)
            case .insert(let offset, _, _): insertions.insert(offset)
            }
        }
        (added, removed) = (insertions.count, removals.count)
        var all: [Line] = left.prefix(head).map(Line.same)
        var (first, second) = (0, 0)
        while first < before.count || second < after.count {
            if first < before.count, removals.contains(first) {
                all.append(.removed(before[first]))
                first += 1
            } else if second < after.count, insertions.contains(second) {
                all.append(.added(after[second]))
                second += 1
            } else {
                all.append(.same(after[second]))
                first += 1
                second += 1
            }
        }
        all += left.suffix(tail).map(Line.same)
        lines = Self.excerpt(all)
    }

    private static func excerpt(_ all: [Line]) -> [Line] {
        var isNear = [Bool](repeating: false, count: all.count)
        for (index, line) in all.enumerated() {
            if case .same = line { continue }
            for near in max(0, index - context)...min(all.count - 1, index + context) { isNear[near] = true }
        }
        var shown: [Line] = []
        for (index, line) in all.enumerated() {
            if isNear[index] { shown.append(line) } else if shown.last != .gap { shown.append(.gap) }
        }
        return shown
    }
}
