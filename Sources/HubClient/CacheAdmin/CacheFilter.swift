/// A condition on entries of a cache listing: `size>1GB`, `accessed>7d`, `modified<=2w`, `type=model`, `refs=main`.
public struct CacheFilter: Sendable {
    private enum Condition {
        case size(Comparison, Int64)
        case accessed(Comparison, Int64)
        case modified(Comparison, Int64)
        case type(String)
        case ref(String)
    }

    private enum Comparison: String, CaseIterable {
        // Longer ones first: `>=` begins like `>`.
        case equal = "==", unequal = "!=", atLeast = ">=", atMost = "<=", above = ">", below = "<", assign = "="

        func holds<T: Comparable>(_ left: T, _ right: T) -> Bool {
            switch self {
            case .equal, .assign: left == right
            case .unequal: left != right
            case .atLeast: left >= right
            case .atMost: left <= right
            case .above: left > right
            case .below: left < right
            }
        }
    }

    private let condition: Condition

    private static let sizeUnits: [String: Int64] = [
        "k": 1000, "kb": 1000, "m": 1_000_000, "mb": 1_000_000, "g": 1_000_000_000, "gb": 1_000_000_000,
        "t": 1_000_000_000_000, "tb": 1_000_000_000_000, "p": 1_000_000_000_000_000, "pb": 1_000_000_000_000_000,
    ]
    private static let timeUnits: [String: Int64] = [
        "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "mo": 2_592_000, "y": 31_536_000,
    ]

    /// Parses a condition.
    /// - Throws: ``HubError`` with code `bad_filter`, which says what is wrong with it.
    public init(_ text: String) throws(HubError) {
        let bare = CacheFilter.trimmed(text[...])
        let key = bare.prefix { $0.isASCII && ($0.isLetter || $0 == "_") }
        let rest = CacheFilter.trimmed(bare[key.endIndex...])
        guard !key.isEmpty, let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else {
            throw CacheFilter.refusal(text, "it is not of the form KEY OPERATOR VALUE")
        }
        let value = CacheFilter.trimmed(rest.dropFirst(comparison.rawValue.count))
        guard !value.isEmpty else { throw CacheFilter.refusal(text, "it has no value") }
        let isEquality = comparison == .equal || comparison == .assign
        switch key.lowercased() {
        case "size": condition = .size(comparison, try CacheFilter.number(value, CacheFilter.sizeUnits, in: text))
        case "accessed":
            condition = .accessed(comparison, try CacheFilter.number(value, CacheFilter.timeUnits, in: text))
        case "modified":
            condition = .modified(comparison, try CacheFilter.number(value, CacheFilter.timeUnits, in: text))
        case "type" where isEquality: condition = .type(value.lowercased())
        case "refs" where isEquality: condition = .ref(value.lowercased())
        case "type", "refs": throw CacheFilter.refusal(text, "only '=' can be used with \(key)")
        default: throw CacheFilter.refusal(text, "the keys are accessed, modified, refs, size and type")
        }
    }

    /// Whether an entry meets the condition.
    /// - Parameter now: Unix seconds; ages are counted from here.
    public func keeps(_ entry: CacheEntry, now: Double) -> Bool {
        switch condition {
        case .size(let comparison, let bound): comparison.holds(Int64(clamping: entry.size), bound)
        case .accessed(let comparison, let age): comparison.holds(now - entry.lastAccessed, Double(age))
        case .modified(let comparison, let age): comparison.holds(now - entry.lastModified, Double(age))
        case .type(let type): entry.repo.type == type
        case .ref(let name): entry.refs.contains { $0.lowercased() == name }
        }
    }

    /// A whole number, alone or with a unit right behind it.
    private static func number(
        _ text: Substring, _ units: [String: Int64], in filter: String
    ) throws(HubError) -> Int64 {
        if let plain = Int64(text) { return plain }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text[digits.endIndex...].lowercased()
        guard let count = Int64(digits), let factor = units[unit] else {
            throw refusal(
                filter,
                "'\(text)' is not a whole number with one of the units \(units.keys.sorted().joined(separator: " "))"
            )
        }
        let (product, overflows) = count.multipliedReportingOverflow(by: factor)
        return overflows ? .max : product
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func refusal(_ filter: String, _ reason: String) -> HubError {
        HubError(
            .badFilter, "The filter '\(filter)' cannot be used: \(reason).",
            hint: "For example 'size>1GB', 'accessed>7d', 'type=model' or 'refs=main'.")
    }
}
