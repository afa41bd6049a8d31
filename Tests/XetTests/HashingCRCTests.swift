import Testing
import Xet

@Suite struct HashingCRCTests {
    @Test("has the check value of CRC-64/NVME")
    func checkValue() {
        var crc = CRC64NVME()
        #expect(crc.value == 0)
        Array("1234".utf8).withUnsafeBytes { crc.update($0) }
        Array("56789".utf8).withUnsafeBytes { crc.update($0) }
        #expect(crc.value == 0xAE8B_1486_0A79_9888)
    }

    @Test("agrees with bit-by-bit division")
    func bitByBit() {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(5000)
        var register = UInt64.max
        for byte in bytes {
            register ^= UInt64(byte)
            for _ in 0..<8 {
                register = register >> 1 ^ (register & 1 == 1 ? 0x9A6C_9329_AC4B_C9B5 : 0)
            }
        }
        var crc = CRC64NVME()
        bytes.withUnsafeBytes { crc.update($0) }
        #expect(crc.value == ~register, "seed \(random.seed)")
    }
}
