internal import ChunkStore

/// What can be asked for of peers that give no single pieces of a file: stretches of it that travel together, in the
/// file's order. They need not begin and end where pieces do.
struct UnitTable: Sendable {
    struct Unit: Sendable {
        /// The pieces that it has any byte of.
        var pieces: Range<Int>
        /// Bytes in which it travels.
        var bytes: Int
        /// Units of one group may travel all together, whichever of them is asked for.
        var group: Int
        /// Whether nothing of it is missing.
        var isDone = false
    }

    var units: [Unit]

    /// - Parameter units: in the file's order, without any byte in common.
    init(_ units: [Unit]) { self.units = units }

    /// The units that have a byte of a piece.
    func units(touching piece: Int) -> Range<Int> {
        let first = units.partitionPoint { $0.pieces.upperBound > piece }
        var end = first
        while end < units.count, units[end].pieces.contains(piece) { end += 1 }
        return first..<end
    }
}
