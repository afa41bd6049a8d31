/// Amounts in searches: `8G`, `1.5B`, `512MiB`, and bounds and ranges of them.
enum Amount {
    /// - Parameter billions: whether a `b` stands for billions, as in numbers of weights, or for bytes.
    static func range(_ text: String, billions: Bool) throws(PublishError) -> ClosedRange<Int64> {
        if let dots = text.firstRange(of: "..") {
            let low = text[..<dots.lowerBound]
            let high = text[dots.upperBound...]
            let first = low.isEmpty ? 0 : try number(low, billions)
            let last = high.isEmpty ? Int64.max : try number(high, billions)
            guard first <= last else {
                throw PublishError(.badQuery, "in \(text.quoted) the first amount is larger than the second")
            }
            return first...last
        }
        let sign = text.prefix { "<>=".contains($0) }
        let value = try number(text.dropFirst(sign.count), billions)
        switch sign {
        case "", "=": return value...value
        case "<=": return 0...value
        case ">=": return value ... .max
        case ">": return (value + 1) ... .max
        case "<":
            guard value > 0 else { throw PublishError(.badQuery, "nothing is smaller than 0") }
            return 0...(value - 1)
        default:
            throw PublishError(.badQuery, "\(String(sign).quoted) is no comparison", hint: "use < <= > >= =, or A..B")
        }
    }

    private static func number(_ text: Substring, _ billions: Bool) throws(PublishError) -> Int64 {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let unit = String(text.dropFirst(digits.count))
        guard digits.utf8.count <= 18, let value = Double(digits), value.isFinite,
            let factor = unit == "b" && billions ? 1e9 : factors[unit], value * factor < 9e18
        else {
            throw PublishError(.badQuery, "\(String(text).quoted) is no amount", hint: "write 8G, 500M, 1.5T or 16GiB")
        }
        return Int64(value * factor)
    }

    private static let factors: [String: Double] = [
        "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
        "kib": 1_024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
    ]
}
