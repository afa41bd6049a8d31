/// A `Range` header with one range (RFC 9110 §14); several, and what cannot be understood, mean the whole.
enum RangeHeader: Equatable {
    case whole
    case part(Range<UInt64>)
    case unsatisfiable

    init(_ text: String?, size: UInt64) {
        self = .whole
        guard let text, text.hasPrefix("bytes="), !text.contains(",") else { return }
        let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return }
        switch (UInt64(parts[0]), UInt64(parts[1])) {
        case (let first?, let last) where parts[1].isEmpty || last != nil:
            guard last.map({ $0 >= first }) ?? true else { return }
            guard first < size else {
                self = .unsatisfiable
                return
            }
            self = .part(first..<min(last.map { $0 == .max ? .max : $0 + 1 } ?? size, size))
        case (nil, let count?) where parts[0].isEmpty:
            self = count == 0 || size == 0 ? .unsatisfiable : .part(size - min(count, size)..<size)
        default: return
        }
    }
}
