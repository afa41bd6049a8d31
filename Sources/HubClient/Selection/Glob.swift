/// A shell pattern with the exact meaning of Python's `fnmatch.fnmatchcase`, which `hf` uses for `--include`:
/// `*` and `?` cross `/`, `[…]` and `[!…]` are sets of code points with ranges, case matters, nothing is an escape.
public struct Glob: Sendable {
    private enum Element: Sendable {
        case one(Unicode.Scalar)
        case anyOne
        case any
        case oneOf(ScalarSet)
    }

    private let elements: [Element]

    public init(_ pattern: String) {
        elements = Glob.parse(Array(pattern.unicodeScalars))
    }

    /// Whether the whole of `path` matches the pattern.
    public static func matches(_ pattern: String, _ path: String) -> Bool { Glob(pattern).matches(path) }

    /// Whether a text has any character that means more than itself in a pattern.
    public static func isPattern(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    /// Whether the whole of `path` matches; time is at most the product of both lengths.
    public func matches(_ path: String) -> Bool {
        let text = Array(path.unicodeScalars)
        var at = 0
        var element = 0
        // Where to go on when a later element fails: the last star takes one scalar more.
        var star: (element: Int, at: Int)?
        while true {
            if element < elements.count, case .any = elements[element] {
                star = (element, at)
                element += 1
            } else if at == text.count {
                return element == elements.count
            } else if element < elements.count, Glob.matches(elements[element], text[at]) {
                element += 1
                at += 1
            } else if let last = star {
                star = (last.element, last.at + 1)
                element = last.element + 1
                at = last.at + 1
            } else {
                return false
            }
        }
    }

    private static func matches(_ element: Element, _ scalar: Unicode.Scalar) -> Bool {
        switch element {
        case .one(let expected): expected == scalar
        case .anyOne, .any: true
        case .oneOf(let set): set.contains(scalar)
        }
    }

    private static func parse(_ pattern: [Unicode.Scalar]) -> [Element] {
        var elements: [Element] = []
        var at = 0
        while at < pattern.count {
            let scalar = pattern[at]
            at += 1
            switch scalar {
            case "*":
                if case .any = elements.last { continue }
                elements.append(.any)
            case "?":
                elements.append(.anyOne)
            case "[":
                // A `]` right after the opening (or after `!`) belongs to the set.
                var close = at
                if close < pattern.count, pattern[close] == "!" { close += 1 }
                if close < pattern.count, pattern[close] == "]" { close += 1 }
                while close < pattern.count, pattern[close] != "]" { close += 1 }
                if close == pattern.count {
                    elements.append(.one("["))
                } else {
                    elements.append(.oneOf(ScalarSet(Array(pattern[at..<close]))))
                    at = close + 1
                }
            default:
                elements.append(.one(scalar))
            }
        }
        return elements
    }
}

/// The inside of `[…]`.
private struct ScalarSet: Sendable {
    private var ranges: [ClosedRange<UInt32>] = []
    private var isNegated = false

    init(_ inside: [Unicode.Scalar]) {
        var pieces = ScalarSet.splitAtHyphens(inside)
        // A range that runs backwards is empty: it vanishes with both its ends.
        var index = pieces.count - 1
        while index > 0 {
            if let low = pieces[index - 1].last, let high = pieces[index].first, low.value > high.value {
                pieces[index - 1] = pieces[index - 1].dropLast() + pieces[index].dropFirst()
                pieces.remove(at: index)
            }
            index -= 1
        }
        // Negation is decided after that, as in Python: a `!` that has come to the front counts.
        if pieces.first?.first == "!" {
            isNegated = true
            pieces[0].removeFirst()
        }
        for (index, piece) in pieces.enumerated() {
            for scalar in piece { ranges.append(scalar.value...scalar.value) }
            guard index > 0, let high = piece.first else { continue }
            if let low = pieces[index - 1].last {
                if low.value <= high.value { ranges.append(low.value...high.value) }
            } else {
                // The `!` was all that stood before the hyphen, which now begins the set and is itself.
                let hyphen: Unicode.Scalar = "-"
                ranges.append(hyphen.value...hyphen.value)
            }
        }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }

    /// Splits at the hyphens that make ranges: not the first of the set, and not sooner than two scalars after the
    /// end of the range before. A hyphen at the end of the set is itself.
    private static func splitAtHyphens(_ inside: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
        var pieces: [[Unicode.Scalar]] = []
        var start = 0
        var search = inside.first == "!" ? 2 : 1
        while search < inside.count, let hyphen = inside[search...].firstIndex(of: "-") {
            pieces.append(Array(inside[start..<hyphen]))
            start = hyphen + 1
            search = hyphen + 3
        }
        let rest = Array(inside[start...])
        if rest.isEmpty, !pieces.isEmpty {
            pieces[pieces.count - 1].append("-")
        } else {
            pieces.append(rest)
        }
        return pieces
    }
}
