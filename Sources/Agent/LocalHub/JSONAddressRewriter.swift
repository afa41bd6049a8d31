/// Replaces addresses that are the values of some members of a JSON text, and leaves every other byte as it is.
enum JSONAddressRewriter {
    /// Members whose value clients take for an address at the hub that they have asked. Where bytes are to be sent or
    /// fetched (`href`, `casUrl`) stays as it is: they go the straight way.
    private static let names: Set<String> = ["url", "commitUrl", "pullRequestUrl"]

    /// - Parameter rewrite: gets an address, without escapes, and returns what is to stand in its place.
    static func rewriting(_ text: [UInt8], _ rewrite: (String) -> String) -> [UInt8] {
        let scanner = JSONScanner(text: text)
        var out: [UInt8] = []
        out.reserveCapacity(text.count + 64)
        var position = 0
        var key: Range<Int>?
        while position < text.count {
            guard text[position] == UInt8(ascii: "\"") else {
                // Between a key and its value stand a colon and blanks.
                if !JSONScanner.isBlank(text[position]), text[position] != UInt8(ascii: ":") { key = nil }
                out.append(text[position])
                position += 1
                continue
            }
            let end = scanner.endOfString(at: position)
            if let name = key, isNamed(text[name]), let new = replacement(text[position..<end], rewrite) {
                out += new
            } else {
                out += text[position..<end]
            }
            key = scanner.isKey(endingAt: end) ? position..<end : nil
            position = end
        }
        return out
    }

    private static func isNamed(_ quoted: ArraySlice<UInt8>) -> Bool {
        names.contains(String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self))
    }

    /// - Returns: nil where nothing changes, or cannot be written without escapes.
    private static func replacement(_ quoted: ArraySlice<UInt8>, _ rewrite: (String) -> String) -> [UInt8]? {
        guard quoted.count > 2, quoted.last == UInt8(ascii: "\"") else { return nil }
        let raw = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
        let old = raw.replacing("\\/", with: "/")
        guard !old.utf8.contains(UInt8(ascii: "\\")) else { return nil }
        let new = rewrite(old)
        let isPlain = new.utf8.allSatisfy { $0 >= 32 && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "\"") }
        guard new != old, isPlain else { return nil }
        return Array("\"\(new)\"".utf8)
    }
}
