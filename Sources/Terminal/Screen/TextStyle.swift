/// A colour or weight of text on a terminal.
public enum TextStyle: String, Sendable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"

    /// `text` in this style where the stream welcomes colour, else unchanged.
    public func callAsFunction(_ text: String, on stream: TerminalStream) -> String {
        stream.allowsColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
