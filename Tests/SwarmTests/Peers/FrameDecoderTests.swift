import NIOCore
import SwarmWire
import TestSupport
import Testing

@testable import Swarm

@Suite struct FrameDecoderTests {
    private func frame(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt32(content.count))
        return bytes + content
    }

    private func decoder(_ dialect: PeerDialect = .shoal) -> FrameDecoder {
        var limits = FrameLimits(dialect: dialect, ownExtension: 1)
        limits.awaitsAnswers = true
        return FrameDecoder(limits: limits)
    }

    /// However the bytes are cut, the frames are the same.
    @Test func cutsDoNotMatter() throws {
        var generator = SplitMix64(seed: announcedSeed())
        for _ in 0..<300 {
            let contents = (0..<Int.random(in: 1...6, using: &generator)).map { _ -> [UInt8] in
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: []
                case 1: [UInt8](repeating: 7, count: Int.random(in: 1...9, using: &generator))
                case 2: [20, 1, 10] + [UInt8](repeating: 9, count: Int.random(in: 0...100_000, using: &generator))
                default: [20, 0] + [UInt8](repeating: 1, count: Int.random(in: 0...8000, using: &generator))
                }
            }
            var rest = contents.flatMap(frame)[...]
            var decoder = decoder()
            var found: [[UInt8]] = []
            while !rest.isEmpty {
                let size = min(
                    rest.count, Int.random(in: 1...(Bool.random(using: &generator) ? 9 : 70_000), using: &generator))
                var part = ByteBuffer(bytes: rest.prefix(size))
                rest = rest.dropFirst(size)
                while let frame = try decoder.next(&part) { found.append(Array(frame.readableBytesView)) }
                #expect(part.readableBytes == 0)
            }
            #expect(found == contents)
            #expect(!decoder.isInsideFrame)
        }
    }

    /// What is too large is refused by its first seven bytes at the latest.
    @Test(
        arguments: [
            ([0xFF, 0xFF, 0xFF, 0xFF, 20, 1, 10], PeerDialect.shoal), ([0, 0x40, 0, 0x41, 20, 1, 10], .shoal),
            ([0, 0x10, 0, 0x41, 20, 1, 8], .shoal), ([0, 0x04, 0x60, 0x41, 20, 1, 16], .shoal),
            ([0, 0, 0x40, 1, 20, 1, 9], .shoal),
            ([0, 0, 0x20, 3, 20, 0, 0x64], .shoal),
            ([0, 0, 0x40, 1, 5, 0, 0], .shoal), ([0, 0, 0x40, 1, 20, 1, 3], .shoal),
            ([0x04, 0, 0x04, 1, 20, 1, 2], .zest),
            ([0, 0, 0x40, 1, 20, 1, 1], .zest),
        ] as [([UInt8], PeerDialect)])
    func tooLarge(head: [UInt8], dialect: PeerDialect) throws {
        var whole = decoder(dialect)
        var bytes = ByteBuffer(bytes: head)
        #expect(throws: SwarmWireError.self) { try whole.next(&bytes) }
        var bitwise = decoder(dialect)
        #expect(throws: SwarmWireError.self) {
            for byte in head {
                var part = ByteBuffer(bytes: [byte])
                _ = try bitwise.next(&part)
            }
        }
    }

    @Test func answersAreAllowedOnlyWhenOneIsDue() throws {
        for (dialect, kind) in [(PeerDialect.shoal, UInt8(10)), (.shoal, 8), (.shoal, 16), (.zest, 2)] {
            var decoder = decoder(dialect)
            var bytes = ByteBuffer(bytes: [0, 0, 0, 9, 20, 1, kind])
            _ = try decoder.next(&bytes)
            #expect(decoder.isInsideFrame)
            var strict = self.decoder(dialect)
            strict.limits.awaitsAnswers = false
            var again = ByteBuffer(bytes: [0, 0, 0, 9, 20, 1, kind])
            #expect(throws: SwarmWireError.self) { try strict.next(&again) }
        }
    }
}
