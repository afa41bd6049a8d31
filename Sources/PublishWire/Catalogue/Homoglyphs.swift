/// Letters of other scripts that look like Latin ones.
enum Homoglyphs {
    /// The Latin letters that a scalar looks like: none for what does not show, and for letters that look like nothing
    /// Latin their own UTF-8, so that they stay different.
    static func latin(_ scalar: Unicode.Scalar) -> [UInt8] {
        if let letters = table[scalar] { return Array(letters.utf8) }
        switch scalar.value {
        // Full-width forms of ASCII.
        case 0xFF01...0xFF5E: return ascii(scalar.value - 0xFEE0)
        // Mathematical letters: alphabets of 52, capitals first.
        case 0x1D400...0x1D6A3: return [UInt8(truncatingIfNeeded: 0x61 + (scalar.value - 0x1D400) % 26)]
        case 0x1D7CE...0x1D7FF: return [UInt8(truncatingIfNeeded: 0x30 + (scalar.value - 0x1D7CE) % 10)]
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control, .dashPunctuation, .connectorPunctuation,
            .spaceSeparator:
            return []
        default:
            return scalar.properties.isDefaultIgnorableCodePoint ? [] : Array(String(Character(scalar)).utf8)
        }
    }

    /// Whether a text has letters that pretend to be Latin ones, or that do not show.
    static func pretends(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            guard !scalar.isASCII else { return false }
            let latin = latin(scalar)
            return latin.allSatisfy { $0 < 0x80 }
        }
    }

    private static func ascii(_ value: UInt32) -> [UInt8] {
        switch value {
        case 0x41...0x5A: [UInt8(truncatingIfNeeded: value) + 0x20]
        case 0x30...0x39, 0x61...0x7A: [UInt8(truncatingIfNeeded: value)]
        default: []
        }
    }

    /// Each word: a Latin letter, or two, and what looks like it.
    private static let table: [Unicode.Scalar: String] = {
        let words = [
            "a:аАαΑàáâãäåāăąǎȧạảɑÀÁÂÃÄÅĀĂĄ", "b:ВЬьƅΒбƀ", "c:сСϲçćĉċčϹÇĆĈĊČⅽ", "d:ԁɗďđⅾĎĐ",
            "e:еЕεΕèéêëēĕėęěёЁҽÈÉÊËĒĔĖĘĚ", "f:ƒϝḟ", "g:ɡԌģĝğġĜĞĠĢ", "h:һНΗհĥħĤĦ", "i:іІιΙìíîïĩīĭįıɩǐÌÍÎÏĨĪĬĮİⅰ",
            "j:јЈϳĵĴ", "k:кКκΚķĶҝ", "l:ӏӀĺļľłⅼĹĻĽŁ∣ǀ", "m:мМΜⅿ", "n:ոпΝñńņňŉÑŃŅŇη",
            "o:оОοΟσòóôõöøōŏőօΘӨөÒÓÔÕÖØŌŎŐ", "p:рРρΡþ", "q:ԛզ", "r:гŕŗřŔŖŘ", "s:ѕЅśŝşšșŚŜŞŠȘ", "t:тТτΤţťŧțŢŤŦȚ",
            "u:υսùúûüũūŭůűųÙÚÛÜŨŪŬŮŰŲ", "v:νѵѴⅴ∨", "w:ԝѡωŵŴ", "x:хХχΧⅹ×", "y:уУγΥýÿŷỳÝŶŸΎү", "z:ΖżźžŻŹŽᴢ",
            "ae:æÆ", "oe:œŒ", "ss:ß", "fi:ﬁ", "fl:ﬂ", "3:ЗзӠƷ", "4:Ч",
        ]
        var table: [Unicode.Scalar: String] = [:]
        for word in words {
            let halves = word.split(separator: ":", maxSplits: 1)
            guard let latin = halves.first, let alike = halves.last else { continue }
            for scalar in alike.unicodeScalars where table[scalar] == nil { table[scalar] = String(latin) }
        }
        return table
    }()
}
