import Crypto
import Foundation
import Xet

/// A promise of an upload: which xorb, for which repository, how many bytes with which CRC.
struct XorbGrantPromise: Sendable, Hashable {
    static let lifetime: Int64 = 3600

    /// Random; names the uploaded bytes on disk.
    var nonce: UInt64
    var repo: Int64
    var xorb: XorbHash
    /// Length and CRC-64/NVME of the upload body.
    var length: UInt64
    var crc: UInt64
    /// Unix seconds.
    var expiry: Int64
}

/// A grant's id: the promise itself under an HMAC, so that a grant needs no record and outlives a restart.
struct XorbGrantID: Sendable, Hashable {
    let text: String
    let promise: XorbGrantPromise

    private static let promiseLength = 72
    private static let keyLabel = "grant-id"

    init(_ promise: XorbGrantPromise, secrets: ServerSecrets) {
        var bytes = Data()
        bytes.appendLittleEndian(promise.nonce)
        bytes.appendLittleEndian(UInt64(bitPattern: promise.repo))
        bytes.append(contentsOf: promise.xorb.bytes)
        bytes.appendLittleEndian(promise.length)
        bytes.appendLittleEndian(promise.crc)
        bytes.appendLittleEndian(UInt64(bitPattern: promise.expiry))
        bytes.append(contentsOf: HMAC<SHA256>.authenticationCode(for: bytes, using: secrets.key(Self.keyLabel)))
        text = Base64URL.encode(bytes)
        self.promise = promise
    }

    /// Nil when this hub did not issue the id.
    init?(parsing text: some StringProtocol, secrets: ServerSecrets) {
        guard text.utf8.count <= 256, let bytes = Base64URL.decode(text),
            bytes.count == Self.promiseLength + SHA256.byteCount
        else { return nil }
        let facts = bytes.prefix(Self.promiseLength)
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                bytes.suffix(SHA256.byteCount), authenticating: facts, using: secrets.key(Self.keyLabel)),
            let xorb = facts.withUnsafeBytes({ $0.baseAddress.map { XorbHash(loading: $0 + 16) } })
        else { return nil }
        self.text = String(text)
        promise = XorbGrantPromise(
            nonce: facts.littleEndian(at: 0), repo: Int64(bitPattern: facts.littleEndian(at: 8)), xorb: xorb,
            length: facts.littleEndian(at: 48), crc: facts.littleEndian(at: 56),
            expiry: Int64(bitPattern: facts.littleEndian(at: 64)))
    }

    func isExpired(now: Date) -> Bool { Int64(now.timeIntervalSince1970) >= promise.expiry }
}
