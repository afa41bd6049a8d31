/// What a publisher calls itself. It proves nothing, and is shown only beside the key.
public struct PublisherLabel: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    /// UTF-8 bytes that a label may have.
    public static let longest = 64

    /// Takes a label.
    /// - Returns: nil for an empty one, one that is too long, or one with characters that do not show: control
    ///   characters, changes of direction, line ends, private use.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.longest, text.first != " ", text.last != " ",
            text.unicodeScalars.allSatisfy(VisibleText.allows)
        else { return nil }
        self.text = text
    }

    public var description: String { text }
}

/// Which characters of a stranger may stand in a line that is shown.
package enum VisibleText {
    package static func allows(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .unassigned, .privateUse, .lineSeparator, .paragraphSeparator: false
        default: !scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
