extension String {
    /// Foreign text as it may stand in a message: in quotes, in one line, without what terminals obey, cut when long.
    var quoted: String {
        let longest = 80
        var text = ""
        for scalar in unicodeScalars.prefix(longest) {
            text += scalar.isUnprintable || scalar == "'" ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return "'\(text)\(unicodeScalars.count > longest ? "…" : "")'"
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character, ends a line, or changes the direction of the text around it.
    var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: Self.invisible.contains(value)
        }
    }

    /// Marks of direction, and the byte order mark.
    private static let invisible: Set<UInt32> = [
        0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF,
    ]
}
