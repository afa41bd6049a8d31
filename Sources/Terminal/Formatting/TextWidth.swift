/// Text as a terminal shows it: cells instead of characters, and nothing that steers the terminal.
///
/// File names come from strangers; control characters in them must not move the cursor or change colours.
public enum TextWidth {
    /// Replaces control characters, line separators and bidirectional overrides.
    public static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isUnsafe(scalar) ? "\u{FFFD}" : scalar) }
        return String(result)
    }

    /// How many cells `text` takes. Approximate for exotic scripts, exact for Latin, CJK and simple emoji.
    public static func of(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + cells($1) }
    }

    /// Cuts the middle out of `text` when it is wider than `width` cells, keeping both ends readable.
    public static func shortened(_ text: String, to width: Int) -> String {
        guard width > 0 else { return "" }
        guard of(text) > width else { return text }
        guard width > 2 else { return prefix(text, width) }
        let tail = (width - 1) / 2
        return prefix(text, width - 1 - tail) + "…" + suffix(text, tail)
    }

    /// Pads `text` with spaces to `width` cells.
    public static func padded(_ text: String, to width: Int, alignment: Alignment = .left) -> String {
        let fill = String(repeating: " ", count: max(0, width - of(text)))
        return alignment == .left ? text + fill : fill + text
    }

    public enum Alignment: Sendable { case left, right }

    private static func prefix(_ text: some Sequence<Character>, _ width: Int) -> String {
        var result = ""
        var used = 0
        for character in text {
            used += cells(character)
            if used > width { break }
            result.append(character)
        }
        return result
    }

    private static func suffix(_ text: String, _ width: Int) -> String {
        String(prefix(text.reversed(), width).reversed())
    }

    private static func cells(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        case 0x200B...0x200F, 0x0300...0x036F, 0xFE00...0xFE0F:
            return 0
        default:
            return character.unicodeScalars.contains("\u{FE0F}") ? 2 : 1
        }
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
