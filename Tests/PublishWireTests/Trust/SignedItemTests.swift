import PublishWire
import SwarmWire
import Testing

@Suite struct SignedItemTests {
    /// The test vectors of the BEP 44 document: one value, without and with a salt.
    private struct Vector {
        var salt: String
        var target: String
        var signature: String
    }

    private static let key = "77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548"
    private static let vectors = [
        Vector(
            salt: "", target: "4a533d47ec9c7d95b1ad75f576cffc641853b750",
            signature: "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff"
                + "1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01"),
        Vector(
            salt: "foobar", target: "411eba73b6f087ca51a3795d9c8c938d365e32c1",
            signature: "6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d"
                + "df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08"),
    ]

    private func item(_ vector: Vector, value: String = "12:Hello World!", sequence: Int64 = 1) throws -> SignedItem {
        SignedItem(
            key: try #require(Hex.decode(Self.key, count: 32)), salt: Array(vector.salt.utf8), sequence: sequence,
            value: Array(value.utf8), signature: try #require(Hex.decode(vector.signature, count: 64)))
    }

    @Test("items of BEP 44's vectors verify, and lie where it says", arguments: [0, 1])
    func vectors(number: Int) throws {
        let vector = Self.vectors[number]
        let item = try item(vector)
        #expect(Hex.encode(try item.verify().bytes) == Self.key)
        #expect(Hex.encode(item.target) == vector.target)
        expectFault(.wrongSignature) { try self.item(vector, value: "12:Hello world!").verify() }
        expectFault(.wrongSignature) { try self.item(vector, sequence: 2).verify() }
        let other = Vector(salt: vector.salt + "x", target: "", signature: vector.signature)
        expectFault(.wrongSignature) { try self.item(other).verify() }
    }

    @Test("the signed bytes are BEP 44's")
    func signedBytes() throws {
        #expect(try item(Self.vectors[0]).signedBytes == Array("3:seqi1e1:v12:Hello World!".utf8))
        #expect(try item(Self.vectors[1]).signedBytes == Array("4:salt6:foobar3:seqi1e1:v12:Hello World!".utf8))
    }

    @Test("an item survives its encoding")
    func coding() throws {
        let item = try SignedItem(
            signing: Array("d1:ai1ee".utf8), salt: Array("amd1".utf8), sequence: 5, by: TestKeys.identity)
        #expect(try SignedItem(item.bytes) == item)
        let bare = try SignedItem(signing: Array("i1e".utf8), salt: [], sequence: 0, by: TestKeys.identity)
        #expect(try SignedItem(bare.bytes) == bare)
    }

    @Test("a value of 1,000 bytes fits, one of 1,001 does not")
    func sizes() throws {
        let value = { (size: Int) in Array("\(size - 4):".utf8) + [UInt8](repeating: 65, count: size - 4) }
        _ = try SignedItem(signing: value(1_000), salt: [], sequence: 1, by: TestKeys.identity)
        expectFault(.tooLarge) {
            _ = try SignedItem(signing: value(1_001), salt: [], sequence: 1, by: TestKeys.identity)
        }
        expectFault(.tooLarge) {
            let salt = [UInt8](repeating: 1, count: 65)
            _ = try SignedItem(signing: value(10), salt: salt, sequence: 1, by: TestKeys.identity)
        }
        let largest = try SignedItem(
            signing: value(1_000), salt: [UInt8](repeating: 255, count: 64), sequence: .max, by: TestKeys.identity)
        #expect(largest.bytes.count <= SignedItem.largestEncoding)
        #expect(try SignedItem(largest.bytes) == largest)
    }

    @Test(
        "what nodes would write otherwise is not signed",
        arguments: ["d1:bi1e1:ai2ee", "i1ei2e", "hello", "", "i01e"])
    func canonical(value: String) {
        expectFault(.malformed) {
            _ = try SignedItem(signing: Array(value.utf8), salt: [], sequence: 1, by: TestKeys.identity)
        }
    }

    @Test("sequence numbers are not below 0")
    func negative() {
        expectFault(.malformed) {
            _ = try SignedItem(signing: Array("i1e".utf8), salt: [], sequence: -1, by: TestKeys.identity)
        }
    }
}
