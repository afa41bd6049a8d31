internal import SwarmWire
internal import Transfer
internal import Xet

/// Where in xorbs a file lies, as far as peers are concerned that know nothing else.
struct XorbBook {
    /// In the order of the file, as the planner's units are.
    private(set) var places: [XorbPlace] = []
    private(set) var numbers: [XorbHash: [Int]] = [:]
    /// Peers that came before it was known, by the numbers of links.
    var waiting: [Int: SwarmFile.Member] = [:]
    var isAsked = false
    private(set) var isKnown = false

    mutating func fill(_ places: [XorbPlace]) {
        self.places = places
        isKnown = true
        for (number, place) in places.enumerated() { numbers[place.xorb, default: []].append(number) }
    }

    /// The xorbs of places that count, each once, in the order of the file.
    func names(where counts: (Int) -> Bool) -> [XorbHash] {
        var seen: Set<XorbHash> = []
        return places.indices.lazy.filter(counts).map { places[$0].xorb }.filter { seen.insert($0).inserted }
    }

    /// All places of the xorb in which one lies.
    func neighbours(of number: Int) -> [Int] { numbers[places[number].xorb] ?? [] }

    /// - Parameter layout: of the file's pieces.
    func units(_ layout: PieceLayout) -> UnitTable {
        UnitTable(
            places.indices.map { number in
                let place = places[number]
                let first = layout.piece(at: place.bytes.lowerBound)
                let last = layout.piece(at: place.bytes.upperBound - 1)
                // Named after the first place of the xorb.
                let group = neighbours(of: number).first ?? number
                return UnitTable.Unit(pieces: first..<last + 1, bytes: place.offeredBytes, group: group)
            })
    }
}

/// A peer's answer with a part of a xorb.
struct XorbAnswer: Sendable {
    /// The planner's run that it was asked for as, and the place it was asked for.
    var run: Int
    var place: Int
    /// The number of the peer's link.
    var link: Int
}
