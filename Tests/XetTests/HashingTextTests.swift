import Foundation
import Testing
import Xet

@Suite struct HashingTextTests {
    private let text = "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918"

    @Test("prints every word in reverse byte order")
    func wordOrder() {
        let raw = (0..<32).map { UInt8($0) }
        let hash = raw.withUnsafeBytes { ChunkHash(loading: $0.baseAddress!) }
        #expect(hash.description == text)
        #expect(hash.bytes == raw)
        #expect(hash.w0 == 0x0706_0504_0302_0100)
        #expect(hash.w3 == 0x1f1e_1d1c_1b1a_1918)
    }

    @Test("reads its own text, in either case")
    func reading() throws {
        var random = KernelRandom.fresh()
        for _ in 0..<100 {
            let hash = XorbHash(w0: random.next(), w1: random.next(), w2: random.next(), w3: random.next())
            #expect(XorbHash(hash.description) == hash, "seed \(random.seed)")
            #expect(XorbHash(hash.description.uppercased()) == hash, "seed \(random.seed)")
            #expect(XorbHash("x\(hash)".dropFirst()) == hash, "seed \(random.seed)")
            let words = [hash.w0, hash.w1, hash.w2, hash.w3].map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }
            #expect(hash.description == words.joined(), "seed \(random.seed)")
        }
    }

    @Test(
        "refuses what is not 64 hex digits",
        arguments: [
            "", "0", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
            String(repeating: "0", count: 63) + "g", "+" + String(repeating: "0", count: 63),
            " " + String(repeating: "0", count: 63), String(repeating: "é", count: 32),
            String(repeating: "0", count: 63) + "/", String(repeating: "0", count: 63) + ":",
            String(repeating: "0", count: 63) + "@", String(repeating: "0", count: 63) + "`",
        ])
    func refusing(_ text: String) {
        #expect(FileHash(text) == nil)
        #expect(SHA256Digest(text) == nil)
    }

    @Test("orders by the first word, then the next")
    func order() {
        let ascending: [ChunkHash] = [
            .zero, .init(w0: 0, w1: 0, w2: 0, w3: 1), .init(w0: 0, w1: 0, w2: 1, w3: 0),
            .init(w0: 0, w1: 1, w2: 0, w3: 0), .init(w0: 1, w1: 0, w2: 0, w3: 0),
            .init(w0: 1 << 63, w1: 0, w2: 0, w3: 0), .bookend,
        ]
        for (i, left) in ascending.enumerated() {
            for (j, right) in ascending.enumerated() {
                #expect((left < right) == (i < j))
            }
        }
        #expect(ascending.shuffled().sorted() == ascending)
    }

    @Test("the special values are all zeros and all ones")
    func specialValues() {
        #expect(ChunkHash.zero.bytes == [UInt8](repeating: 0, count: 32))
        #expect(ChunkHash.bookend.bytes == [UInt8](repeating: 0xFF, count: 32))
        #expect(ChunkHash.zero.isZero)
        #expect(!ChunkHash(w0: 0, w1: 0, w2: 0, w3: 1 << 63).isZero)
    }

    @Test("remainders are of the last word")
    func remainder() {
        let hash = ChunkHash(w0: 1, w1: 2, w2: 3, w3: 4096)
        #expect(hash.remainder(dividingBy: 1000) == 96)
        #expect(hash.isGlobalDedupEligible)
        #expect(!ChunkHash(w0: 1024, w1: 1024, w2: 1024, w3: 1023).isGlobalDedupEligible)
    }

    @Test("is a plain string in JSON")
    func json() throws {
        let hash = try #require(RangeHash(text))
        let json = try JSONEncoder().encode([hash])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([RangeHash].self, from: json) == [hash])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([RangeHash].self, from: Data("[\"07\"]".utf8))
        }
    }

    @Test("a SHA-256 digest prints as usual, and as Xet text in its shard form")
    func sha256() throws {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let digest = try #require(SHA256Digest(hex))
        #expect(digest == .ofNothing)
        #expect(digest.description == hex)
        #expect(digest.bytes.prefix(9) == [0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a])
        #expect(digest.wordSwapped.prefix(9) == [0x14, 0x1c, 0xfc, 0x98, 0x42, 0xc4, 0xb0, 0xe3, 0x24])
        #expect(digest.bytes.withUnsafeBytes { SHA256Digest(loading: $0.baseAddress!) } == digest)
        #expect(digest.wordSwapped.withUnsafeBytes { SHA256Digest(wordSwapped: $0.baseAddress!) } == digest)
        #expect(digest.wordSwapped.withUnsafeBytes { FileHash(loading: $0.baseAddress!) }.description == hex)
        #expect(try JSONDecoder().decode(SHA256Digest.self, from: JSONEncoder().encode(digest)) == digest)
    }
}
