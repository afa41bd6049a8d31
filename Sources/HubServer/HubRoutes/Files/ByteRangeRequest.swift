/// What a request's `Range` header asks of a representation of known size (RFC 9110 §14).
enum ByteRangeRequest: Equatable {
    /// No range, or one that may be ignored: other units, several ranges, bad syntax.
    case whole
    case part(Range<UInt64>)
    case unsatisfiable

    init(_ header: String?, size: UInt64) {
        self = header.flatMap { Self.parse($0, size: size) } ?? .whole
    }

    private static func parse(_ header: String, size: UInt64) -> ByteRangeRequest? {
        let halves = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].lowercased() == "bytes" else { return nil }
        let ends = halves[1].filter { $0 != " " }.split(separator: "-", omittingEmptySubsequences: false)
        let areNumbers = ends.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard ends.count == 2, areNumbers else { return nil }
        if ends[0].isEmpty {
            guard let count = UInt64(ends[1]) else { return nil }
            return count == 0 || size == 0 ? .unsatisfiable : .part((size - min(count, size))..<size)
        }
        guard let first = UInt64(ends[0]) else { return nil }
        guard first < size else { return .unsatisfiable }
        if ends[1].isEmpty { return .part(first..<size) }
        guard let last = UInt64(ends[1]), last >= first else { return nil }
        return .part(first..<(min(last, size - 1) + 1))
    }
}
