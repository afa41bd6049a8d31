import Crypto
import Foundation

/// A bearer token of the hub. The hub keeps only its hash, so a stolen database opens nothing.
struct AccessToken: Sendable {
    /// `hf_` and 34 letters and digits, the form that the clients of the Hub know.
    let text: String

    init(_ text: String) { self.text = text }

    /// Makes a new token of 202 random bits.
    static func random() -> AccessToken {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var generator = SystemRandomNumberGenerator()
        let tail = (0..<34).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        return AccessToken("hf_" + String(tail))
    }

    /// Enough of the hash to tell tokens apart, and useless to whoever wants to use one.
    static func shortID(ofHash hash: Data) -> String { Hex.encode(hash.prefix(5)) }

    /// The 32 bytes that stand for the token in the database.
    var hash: Data { Data(SHA256.hash(data: Data(text.utf8))) }
}
