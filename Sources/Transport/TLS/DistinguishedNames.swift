/// Issuer and subject of an X.509 certificate as the bytes of their DER encoding: all that is needed to tell whether a
/// certificate vouches for itself.
struct DistinguishedNames: Equatable {
    let issuer: ArraySlice<UInt8>
    let subject: ArraySlice<UInt8>

    var isSelfIssued: Bool { issuer.elementsEqual(subject) }

    /// Reads a certificate (RFC 5280 §4.1); nil when it is not one.
    init?(der: [UInt8]) {
        var certificate = DERReader(der[...])
        guard var outer = certificate.next(0x30).map(DERReader.init), var body = outer.next(0x30).map(DERReader.init)
        else { return nil }
        _ = body.next(0xA0)  // version
        guard body.next(0x02) != nil, body.next(0x30) != nil,  // serial number, signature algorithm
            let issuer = body.next(0x30), body.next(0x30) != nil,  // validity
            let subject = body.next(0x30)
        else { return nil }
        self.issuer = issuer
        self.subject = subject
    }
}

/// Walks over DER elements; every length is checked against what is there.
private struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The content of the next element if it has this tag; otherwise nothing is consumed.
    mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard rest.first == tag, rest.count >= 2 else { return nil }
        var start = rest.startIndex + 2
        var length = Int(rest[rest.startIndex + 1])
        if length >= 0x80 {
            let count = length & 0x7F
            guard (1...3).contains(count), rest.endIndex - start >= count else { return nil }
            length = rest[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
            start += count
        }
        guard rest.endIndex - start >= length else { return nil }
        defer { rest = rest[(start + length)...] }
        return rest[start..<start + length]
    }
}
