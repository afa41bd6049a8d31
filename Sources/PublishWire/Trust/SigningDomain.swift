internal import Crypto

/// What a signature is for, so that one of one kind is never taken for another.
public struct SigningDomain: Sendable, Hashable, RawRepresentable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// A publisher's index file.
    public static let index = SigningDomain(rawValue: "amd1:index")
    /// A model's manifest file.
    public static let manifest = SigningDomain(rawValue: "amd1:manifest")
    /// ``Delegation``.
    package static let delegation = SigningDomain(rawValue: "amd1:delegation")
    /// ``Rotation``, by the key that goes.
    package static let rotationFrom = SigningDomain(rawValue: "amd1:rotation:old")
    /// ``Rotation``, by the key that comes.
    package static let rotationTo = SigningDomain(rawValue: "amd1:rotation:new")

    /// What is signed: the domain, a zero byte, and the SHA-256 of the message. No signing buffer of BEP 44 looks like
    /// this: those begin with a digit.
    package func signedBytes(of message: [UInt8]) -> [UInt8] {
        Array(rawValue.utf8) + [0] + Array(SHA256.hash(data: message))
    }
}
