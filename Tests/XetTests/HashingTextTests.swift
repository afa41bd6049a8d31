import Testing
import Xet

@Suite struct HashingTextTests {
    @Test("prints every word in reverse byte order")
    func wordOrder() {
        let raw = (0..<32).map { UInt8($0) }
        let hash = raw.withUnsafeBytes { ChunkHash(loading: $0.baseAddress!) }
        #expect(hash.description == "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918")
        #expect(hash.bytes == raw)
        #expect(ChunkHash(hash.description) == hash)
        #expect(ChunkHash(hash.description.uppercased()) == hash)
    }
}
