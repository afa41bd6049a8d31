import SwarmWire
import Testing

@Suite struct BencodeTests {
    @Test(arguments: ["i0e", "i-7e", "4:spam", "0:", "le", "de", "l4:spami42ee", "d1:ad1:bi1eee", "d0:i1e1:ai2ee"])
    func roundTrip(text: String) throws {
        #expect(Bencode.encode(try Bencode.decode(Array(text.utf8))) == Array(text.utf8))
    }

    @Test(arguments: [
        "", "i", "ie", "i-e", "i-0e", "i01e", "i1", "i+1e", "i 1e", "i99999999999999999999e", "5:spam", "-1:a", "01:a",
        "l", "d", "d1:a", "d1:ae", "di1ei2ee", "d1:ai1e1:ai2ee", "e", "x", "i1ei2e", "1:", ":", "9223372036854775807:a",
        "1a:b", "123456789012345678901234567890:a",
    ])
    func refuses(text: String) {
        #expect(throws: SwarmWireError.self) { try Bencode.decode(Array(text.utf8)) }
    }

    @Test func keysComeOutSorted() {
        let value = BencodeValue.dictionary(["v": 1, "m": 2, "mm": 3, "p": 4])
        #expect(Bencode.encode(value) == Array("d1:mi2e2:mmi3e1:pi4e1:vi1ee".utf8))
    }

    @Test func unsortedKeysAreTaken() throws {
        #expect(try Bencode.decode(Array("d1:bi1e1:ai2ee".utf8))["a"]?.integer == 2)
    }

    @Test func nestingIsLimited() throws {
        let nested = { (depth: Int) in
            [UInt8](repeating: UInt8(ascii: "l"), count: depth) + [UInt8](repeating: UInt8(ascii: "e"), count: depth)
        }
        _ = try Bencode.decode(nested(8))
        #expect(throws: SwarmWireError.self) { try Bencode.decode(nested(9)) }
        // What makes zest crash (p2p.md §1.10).
        #expect(throws: SwarmWireError.self) { try Bencode.decode(nested(5_000_000)) }
        #expect(throws: SwarmWireError.self) {
            try Bencode.decode([UInt8](repeating: UInt8(ascii: "d"), count: 1_000_000))
        }
    }

    @Test func partsAreCounted() throws {
        let list = { (count: Int) in Array(("l" + String(repeating: "i1e", count: count) + "e").utf8) }
        _ = try Bencode.decode(list(999))
        #expect(throws: SwarmWireError.self) { try Bencode.decode(list(1000)) }
        _ = try Bencode.decode(list(1000), limits: Bencode.Limits(nodes: 1001))
        let keys = "d" + (0..<500).map { "\(String($0).utf8.count):\($0)i1e" }.joined() + "e"
        #expect(throws: SwarmWireError.self) { try Bencode.decode(Array(keys.utf8)) }
    }
}
