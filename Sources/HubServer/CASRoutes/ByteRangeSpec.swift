/// One part of a `Range` header, before the length it applies to is known.
enum ByteRangeSpec: Sendable, Hashable {
    /// `a-b` or `a-`, inclusive.
    case span(UInt64, UInt64?)
    /// `-n`: the last n bytes.
    case suffix(UInt64)

    /// Parses `bytes=…` with one or more parts; nil when it is anything else.
    static func parse(_ header: some StringProtocol) -> [ByteRangeSpec]? {
        guard header.lowercased().hasPrefix("bytes=") else { return nil }
        var specs: [ByteRangeSpec] = []
        for part in header.dropFirst(6).split(separator: ",", omittingEmptySubsequences: false) {
            let text = part.drop { $0 == " " }
            guard let dash = text.firstIndex(of: "-") else { return nil }
            let start = text[..<dash]
            var end = text[text.index(after: dash)...]
            while end.last == " " { end.removeLast() }
            switch (start.isEmpty, end.isEmpty) {
            case (true, false):
                guard let count = decimal(end) else { return nil }
                specs.append(.suffix(count))
            case (false, true):
                guard let first = decimal(start) else { return nil }
                specs.append(.span(first, nil))
            case (false, false):
                guard let first = decimal(start), let last = decimal(end), first <= last else { return nil }
                specs.append(.span(first, last))
            case (true, true):
                return nil
            }
        }
        return specs
    }

    /// UInt64's own parser would also take a sign.
    private static func decimal(_ text: some StringProtocol) -> UInt64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt64(text) : nil
    }

    /// The positions meant in a content of `length` bytes, cut at its end; nil when none of them exists.
    func resolved(in length: UInt64) -> ClosedRange<UInt64>? {
        switch self {
        case .span(let first, let last):
            guard first < length else { return nil }
            return first...min(last ?? length - 1, length - 1)
        case .suffix(let count):
            guard count > 0, length > 0 else { return nil }
            return (length - min(count, length))...(length - 1)
        }
    }
}
