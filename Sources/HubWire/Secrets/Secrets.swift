/// Takes secrets out of text that others get to see: the logs of both programs, reports for bugs.
package enum Secrets {
    /// What stands in place of a secret.
    package static let mark = "***"

    private static let names: Set<String> = [
        "signature", "sig", "token", "access_token", "refresh_token", "id_token", "code", "secret", "password", "key",
        "csrf", "expires", "policy", "authorization",
    ]

    /// What tokens begin with, and how much must follow before it is one.
    private static let beginnings: [(text: [UInt8], shortest: Int)] = [
        (Array("hf_".utf8), 8), (Array("xct_".utf8), 8), (Array("api_org_".utf8), 8), (Array("eyJ".utf8), 20),
    ]
    private static let schemes = ["bearer ", "basic "].map { Array($0.utf8) }
    private static let longestName = 64

    /// Whether the value of a query parameter is a secret by the parameter's name, percent-encoded or not.
    package static func isSecret(parameter name: some StringProtocol) -> Bool {
        let plain = decoded(Array(name.utf8)).lowercased()
        return names.contains(plain) || plain.hasPrefix("x-amz-")
    }

    /// Hides tokens of hubs and storages, what follows `Bearer` and `Basic`, user and password in addresses, and the
    /// values of query parameters that are secrets by their name.
    /// - Parameter literals: further texts that are secrets wherever they stand.
    package static func hidden(in text: String, literals: [String] = []) -> String {
        let bytes = Array(text.utf8)
        let literals = literals.filter { !$0.isEmpty }.map { Array($0.utf8) }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if let end = literals.lazy.filter({ matches(bytes, place, $0) }).map({ place + $0.count }).max() {
                out += mark.utf8
                place = end
            } else if let secret = secret(in: bytes, at: place) {
                out += bytes[place..<secret.lowerBound]
                out += mark.utf8
                place = secret.upperBound
            } else {
                out.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The secret that what stands at `place` announces; nil for none.
    private static func secret(in bytes: [UInt8], at place: Int) -> Range<Int>? {
        switch bytes[place] {
        case UInt8(ascii: "h"), UInt8(ascii: "x"), UInt8(ascii: "a"), UInt8(ascii: "e"):
            for (beginning, shortest) in beginnings where matches(bytes, place, beginning) {
                let start = place + beginning.count
                let end = endOfToken(bytes, start)
                return end - start >= shortest ? start..<end : nil
            }
            return nil
        case UInt8(ascii: "B"), UInt8(ascii: "b"):
            for scheme in schemes where matches(bytes, place, scheme, ignoringCase: true) {
                // Without a header's colon before it, what follows "basic" is a word like any other.
                guard scheme == schemes[0] || isValue(bytes, place) else { return nil }
                let start = place + scheme.count
                var end = start
                while end < bytes.count, isToken(bytes[end]) || "~+/=.".utf8.contains(bytes[end]) { end += 1 }
                return end - start >= 8 ? start..<end : nil
            }
            return nil
        case UInt8(ascii: ":"):
            guard matches(bytes, place, [UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "/")]) else { return nil }
            var end = place + 3
            var at: Int?
            while end < bytes.count, !"/?#\"'<>\\".utf8.contains(bytes[end]), bytes[end] > 0x20 {
                if bytes[end] == UInt8(ascii: "@") { at = end }
                end += 1
            }
            return at.map { place + 3..<$0 }
        case UInt8(ascii: "?"), UInt8(ascii: "&"):
            var start = place + 1
            while start < bytes.count, start - place <= longestName,
                isToken(bytes[start]) || "%.".utf8.contains(bytes[start])
            { start += 1 }
            guard start < bytes.count, bytes[start] == UInt8(ascii: "="),
                isSecret(parameter: String(decoding: bytes[(place + 1)..<start], as: UTF8.self))
            else { return nil }
            start += 1
            var end = start
            while end < bytes.count, !"&#\"'<>\\".utf8.contains(bytes[end]), bytes[end] > 0x20 { end += 1 }
            return end > start ? start..<end : nil
        default: return nil
        }
    }

    /// Tokens may have parts with dots between them; a dot at the end is the sentence's.
    private static func endOfToken(_ bytes: [UInt8], _ start: Int) -> Int {
        var end = start
        while end < bytes.count {
            let isDot = bytes[end] == UInt8(ascii: ".") && end + 1 < bytes.count && isToken(bytes[end + 1])
            guard isToken(bytes[end]) || isDot else { break }
            end += 1
        }
        return end
    }

    /// Whether a header's value begins at `place`.
    private static func isValue(_ bytes: [UInt8], _ place: Int) -> Bool {
        place >= 2 && bytes[place - 1] == UInt8(ascii: " ") && bytes[place - 2] == UInt8(ascii: ":")
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func matches(
        _ bytes: [UInt8], _ place: Int, _ pattern: [UInt8], ignoringCase: Bool = false
    ) -> Bool {
        guard bytes.count - place >= pattern.count else { return false }
        for index in pattern.indices {
            var byte = bytes[place + index]
            if ignoringCase, (0x41...0x5A).contains(byte) { byte |= 0x20 }
            guard byte == pattern[index] else { return false }
        }
        return true
    }

    private static func decoded(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[(place + 1)...(place + 2)], as: UTF8.self), radix: 16)
            {
                out.append(byte)
                place += 3
            } else {
                out.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
