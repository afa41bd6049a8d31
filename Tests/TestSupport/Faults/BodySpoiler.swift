import Foundation

/// Changes the bytes of one response body on their way.
struct BodySpoiler {
    /// What happens to the connection after the bytes handed out so far.
    enum Ending { case close, reset, silence }

    private let effect: Fault.Effect?
    private var offset = 0
    /// Bytes kept back until they can be exchanged.
    private var held: [UInt8] = []
    private var copy: [UInt8] = []
    private(set) var ending: Ending?

    init(_ effect: Fault.Effect?) { self.effect = effect }

    /// What to send in place of a piece.
    mutating func take(_ piece: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var piece = piece
        let range = offset..<offset + piece.count
        offset = range.upperBound
        func cut(at limit: Int) -> [ArraySlice<UInt8>] { [piece.prefix(max(0, limit - range.lowerBound))] }
        switch effect {
        case .flipByte(let position)? where range.contains(position):
            piece[piece.startIndex + position - range.lowerBound] ^= 0xff
        case .truncate(let length)? where range.upperBound >= length:
            ending = .close
            return cut(at: length)
        case .stall(let length)? where range.upperBound >= length:
            ending = .silence
            return cut(at: length)
        case .reset(let length)? where range.upperBound >= length:
            ending = .reset
            return cut(at: length)
        case .trickle(let rate)?:
            return trickled(piece, rate)
        case .duplicate(let twice)?:
            return duplicated(piece, range, twice)
        case .reorder(let start, let length)?:
            return reordered(piece, range, start..<start + 2 * length)
        default: break
        }
        return [piece]
    }

    /// What is still kept back when the body ends.
    mutating func rest() -> [ArraySlice<UInt8>] {
        defer { held = [] }
        return held.isEmpty ? [] : [held[...]]
    }

    private func trickled(_ piece: ArraySlice<UInt8>, _ rate: Int) -> [ArraySlice<UInt8>] {
        usleep(UInt32(Double(piece.count) / Double(rate) * 1e6))
        return [piece]
    }

    private mutating func duplicated(
        _ piece: ArraySlice<UInt8>, _ range: Range<Int>, _ twice: Range<Int>
    ) -> [ArraySlice<UInt8>] {
        let part = range.clamped(to: twice)
        if !part.isEmpty { copy += piece.dropFirst(part.lowerBound - range.lowerBound).prefix(part.count) }
        guard range.contains(twice.upperBound - 1) else { return [piece] }
        let head = piece.prefix(twice.upperBound - range.lowerBound)
        return [head, copy[...], piece.dropFirst(head.count)]
    }

    private mutating func reordered(
        _ piece: ArraySlice<UInt8>, _ range: Range<Int>, _ span: Range<Int>
    ) -> [ArraySlice<UInt8>] {
        let part = range.clamped(to: span)
        guard !part.isEmpty else { return [piece] }
        let before = piece.prefix(part.lowerBound - range.lowerBound)
        held += piece.dropFirst(before.count).prefix(part.count)
        guard held.count == span.count else { return [before] }
        let half = span.count / 2
        defer { held = [] }
        return [before, held[half...], held[..<half], piece.dropFirst(before.count + part.count)]
    }
}

extension Duration {
    /// For `usleep`.
    var microseconds: UInt32 {
        UInt32(max(0, components.seconds)) * 1_000_000 + UInt32(max(0, components.attoseconds) / 1_000_000_000_000)
    }
}
