import CKernels
import Testing

@testable import Xet

/// Where the processor has no SHA instructions there is nothing to test: nothing else calls this code then.
@Suite(.enabled(if: SHA256BoundaryScanner.isAvailable)) struct SHA256BoundaryScannerTests {
    private static func scan(_ bytes: [UInt8], slices: [Range<Int>]) -> (ends: [UInt64], digest: SHA256Digest) {
        var scanner = SHA256BoundaryScanner()
        var ends: [UInt64] = []
        bytes.withUnsafeBytes { bytes in
            for slice in slices { scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[slice]), into: &ends) }
        }
        let digest = scanner.finish(into: &ends)
        return (ends, digest)
    }

    private static func plainEnds(_ bytes: [UInt8]) -> [UInt64] {
        var scanner = BoundaryScanner()
        var ends: [UInt64] = []
        bytes.withUnsafeBytes { scanner.scan($0, into: &ends) }
        scanner.finish(into: &ends)
        return ends
    }

    @Test(
        "knows the digests of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                    + "mnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func knownDigests(_ text: String, _ digest: String) {
        let bytes = Array(text.utf8)
        #expect(Self.scan(bytes, slices: [0..<bytes.count]).digest.description == digest)
    }

    @Test("slices of any size and alignment give what one pass gives", arguments: 0..<40)
    func slices(_ round: Int) {
        var random = KernelRandom.fresh()
        let total = round < 10 ? round * 30 : Int.random(in: 0...3_000_000, using: &random)
        let bytes = random.bytes(total)
        let whole = Self.scan(bytes, slices: [0..<total])
        let longest = [1, 63, 65, 1000, 70_000, 1 << 20][round % 6]
        let sliced = Self.scan(
            bytes,
            slices: random.slices(of: min(total, longest * 5000), longest: longest)
                + (total > longest * 5000 ? [longest * 5000..<total] : []))
        #expect(whole.ends == Self.plainEnds(bytes), "seed \(random.seed)")
        #expect(sliced.ends == whole.ends && sliced.digest == whole.digest, "seed \(random.seed)")
    }

    @Test("data in which nearly every position passes the hash test")
    func manyHits() {
        // A byte whose word sums up to a hash that passes, over and over.
        for value in UInt8.min...UInt8.max {
            let bytes = [UInt8](repeating: value, count: 600_000)
            #expect(Self.scan(bytes, slices: [0..<bytes.count]).ends == Self.plainEnds(bytes), "byte \(value)")
        }
    }
}
