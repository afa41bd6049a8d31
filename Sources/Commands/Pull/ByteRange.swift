/// Part of a file as users write it: `0-99` (both ends included), `100-`, or `-100` for the last hundred bytes.
struct ByteRange: Equatable {
    private enum Bounds: Equatable {
        case closed(UInt64, UInt64)
        case from(UInt64)
        case last(UInt64)
    }

    private let bounds: Bounds

    /// - Throws: ``CommandFailure`` that says what is wrong.
    init(parsing argument: String) throws(CommandFailure) {
        let example = "for example 0-99 (both ends included), 100- or -100 for the last hundred bytes"
        let parts = argument.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            throw .usage("'\(argument)' is no range of bytes", hint: example)
        }
        switch (UInt64(parts[0]), UInt64(parts[1])) {
        case (let first?, let last?) where first > last:
            throw .usage("the range '\(argument)' ends before it begins", hint: example)
        case (nil, 0?) where parts[0].isEmpty: throw .usage("the range '\(argument)' has no bytes", hint: example)
        case (let first?, let last?) where first <= last && last < .max: bounds = .closed(first, last)
        case (let first?, nil) where parts[1].isEmpty: bounds = .from(first)
        case (nil, let count?) where parts[0].isEmpty && count > 0: bounds = .last(count)
        default: throw .usage("'\(argument)' is no range of bytes", hint: example)
        }
    }

    /// The bytes of a file of `size`, cut at its end; nil when the file ends before the range begins.
    func resolved(size: UInt64) -> Range<UInt64>? {
        switch bounds {
        case .closed(let first, let last): first < size ? first..<min(last + 1, size) : nil
        case .from(let first): first < size || first == 0 ? first..<size : nil
        case .last(let count): size - min(count, size)..<size
        }
    }
}
