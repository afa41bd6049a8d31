/// What proves to the control API that a caller is the user: 256 random bits as text.
package enum AgentToken {
    static func make() -> String {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        return String(
            decoding: (0..<43).map { _ in alphabet[Int(truncatingIfNeeded: random.next()) & 63] }, as: UTF8.self)
    }

    static func isUsable(_ text: String) -> Bool {
        text.utf8.count >= 32
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                    || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
            }
    }

    /// Compares without telling by the time it takes how much of a guess is right.
    static func matches(_ guess: some StringProtocol, _ token: String) -> Bool {
        let (guess, token) = (Array(guess.utf8), Array(token.utf8))
        guard guess.count == token.count else { return false }
        return zip(guess, token).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
