import SwarmWire
import TestSupport
import Testing

extension PeerAddress {
    static func local(_ port: UInt16) -> PeerAddress {
        PeerAddress(host: "127.0.0.1", port: port)
    }
}

/// Records what differs between two folders.
func expectSame(_ folder: String, _ other: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let differences = try await differences(betweenFolder: folder, and: other)
    #expect(differences.isEmpty, "\(differences)", sourceLocation: sourceLocation)
}

func hexadecimal(_ bytes: [UInt8]?) -> String {
    guard let bytes else { return "-" }
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
