/// Markup. What is interpolated into a literal is escaped unless it is markup itself, so text that somebody else chose
/// cannot become a tag or end a quoted attribute:
///
///     let link: HTML = "<a href=\"\(url)\">\(name)</a>"
///
/// Attributes must stand in double quotes, and URLs must come from ``PageLinks``, which builds them from paths.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var markup: String

    static let empty: HTML = ""

    init(stringLiteral value: String) { markup = value }

    init(stringInterpolation: Interpolation) { markup = stringInterpolation.markup }

    /// Takes what another program has made and made safe.
    init(trusted markup: String) { self.markup = markup }

    /// Plain text.
    init(text: some StringProtocol) {
        markup = ""
        HTML.escape(text, into: &markup)
    }

    static func + (left: HTML, right: HTML) -> HTML { HTML(trusted: left.markup + right.markup) }

    static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate(set) var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { markup += literal }

        mutating func appendInterpolation(_ text: some StringProtocol) { HTML.escape(text, into: &markup) }

        mutating func appendInterpolation(_ number: some BinaryInteger) { markup += String(number) }

        mutating func appendInterpolation(_ html: HTML) { markup += html.markup }

        mutating func appendInterpolation(_ parts: [HTML]) {
            for part in parts { markup += part.markup }
        }

        mutating func appendInterpolation(_ html: HTML?) { markup += html?.markup ?? "" }
    }

    fileprivate static func escape(_ text: some StringProtocol, into out: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            // Marks that turn the direction of text around let a name pretend to be another.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{0}"..."\u{8}", "\u{B}", "\u{C}",
                "\u{E}"..."\u{1F}",
                "\u{7F}":
                out += "\u{FFFD}"
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Array<HTML> {
    /// The parts one after the other.
    var joined: HTML { HTML(trusted: map(\.markup).joined()) }
}
