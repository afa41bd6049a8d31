/// A table of text in aligned columns, without borders, fit for reading and for `awk`.
public struct TextTable: Sendable {
    /// One column: its heading (empty headings everywhere leave the heading line out) and its alignment.
    public struct Column: Sendable {
        public var heading: String
        public var alignment: TextWidth.Alignment

        public init(_ heading: String = "", _ alignment: TextWidth.Alignment = .left) {
            self.heading = heading
            self.alignment = alignment
        }
    }

    public var columns: [Column]
    public var rows: [[String]] = []

    public init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; missing cells are empty, cells beyond the last column are ignored.
    public mutating func append(_ cells: String...) { rows.append(cells) }

    /// The finished lines, without trailing spaces. Cells are made printable.
    public func lines(indent: Int = 0) -> [String] {
        let headings = columns.map(\.heading)
        let body = rows.map { row in columns.indices.map { $0 < row.count ? TextWidth.printable(row[$0]) : "" } }
        let all = headings.allSatisfy(\.isEmpty) ? body : [headings] + body
        let widths = columns.indices.map { column in all.map { TextWidth.of($0[column]) }.max() ?? 0 }
        let margin = String(repeating: " ", count: indent)
        return all.map { row in
            let cells = columns.indices.map {
                TextWidth.padded(row[$0], to: widths[$0], alignment: columns[$0].alignment)
            }
            var line = margin + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
