/// Pictures of where bytes go, with a legend that says the same in words.
struct StoragePlot: Sendable {
    /// One kind of bytes.
    struct Part: Sendable {
        enum Colour: String, Sendable { case stored, shared, other, packed }

        var colour: Colour
        var label: String
        var bytes: UInt64
        /// Where they are in the file; for strips alone.
        var ranges: [Range<UInt64>] = []
    }

    /// Bytes that the picture's width stands for.
    var whole: UInt64
    var parts: [Part]
    /// What the picture shows, for those who do not see it.
    var title: String

    private static let width = 1000

    /// The parts one after the other.
    var bar: HTML {
        var start: UInt64 = 0
        let places: [(Part, Range<UInt64>)] = parts.map { part in
            let range = start..<start + part.bytes
            start = range.upperBound
            return (part, range)
        }
        return picture(places, height: 12, style: "meter")
    }

    /// Each part where it is in the file; later parts are drawn over earlier ones.
    var strip: HTML {
        picture(parts.flatMap { part in part.ranges.map { (part, $0) } }, height: 28, style: "strip")
    }

    private func picture(_ places: [(Part, Range<UInt64>)], height: Int, style: String) -> HTML {
        var drawn: [HTML] = []
        var last: (colour: Part.Colour, end: Int)?
        for (part, range) in places where !range.isEmpty {
            let from = position(range.lowerBound)
            let end = max(from + 1, position(range.upperBound))
            // What does not show is left out, so that a file in many pieces stays a small picture.
            if let last, last.colour == part.colour, end <= last.end { continue }
            let start = last.map { $0.colour == part.colour ? max(from, $0.end) : from } ?? from
            drawn.append(
                "<rect class=\"\(part.colour.rawValue)\" x=\"\(start)\" width=\"\(end - start)\" height=\"\(height)\"/>"
            )
            last = (part.colour, end)
        }
        return """
            <svg class="\(style)" viewBox="0 0 \(Self.width) \(height)" preserveAspectRatio="none" role="img" aria-label="\(title)">\
            <rect class="track" width="\(Self.width)" height="\(height)"/>\(drawn)</svg>
            """
    }

    private func position(_ offset: UInt64) -> Int {
        whole == 0 ? 0 : min(Self.width, Int((Double(offset) / Double(whole) * Double(Self.width)).rounded()))
    }

    /// What the colours mean, and how much of each there is.
    var legend: HTML {
        let rows: [HTML] = parts.filter { $0.bytes > 0 }.map { part in
            """
            <li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="\(part.colour.rawValue)" width="10" \
            height="10" rx="3"/></svg><span>\(part.label)</span> <strong>\(PageText.size(part.bytes))</strong> \
            <span class="quiet">\(PageText.percent(part.bytes, of: whole))</span></li>
            """
        }
        return "<ul class=\"legend\">\(rows)</ul>"
    }
}
