import SwarmWire
import TestSupport
import Testing
import Xet

/// Whatever comes, parsers return or throw their own error; what they return can be written again.
@Suite struct WireFuzzTests {
    private static let rounds = 20_000

    private func mutate(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where !bytes.isEmpty:
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            case 1 where !bytes.isEmpty: bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
            case 2:
                bytes += (0..<Int.random(in: 1...9, using: &generator)).map { _ in
                    .random(in: 0...255, using: &generator)
                }
            case 3 where !bytes.isEmpty:
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            default:
                bytes.insert(
                    contentsOf: [0xFF, 0xFF, 0xFF, 0xFF], at: Int.random(in: 0...bytes.count, using: &generator))
            }
        }
        return bytes
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch is SwarmWireError {
            return
        } catch {
            Issue.record("another error: \(error)")
        }
    }

    @Test func shoalMessages() {
        var generator = SplitMix64(seed: announcedSeed())
        let samples = SampleMessages.shoal.map(\.bytes)
        for round in 0..<Self.rounds {
            let bytes = mutate(samples[round % samples.count], &generator)
            attempt {
                guard let message = try bytes.withUnsafeBytes({ try SwarmMessage($0) }) else { return }
                let again = try message.bytes.withUnsafeBytes { try SwarmMessage($0) }
                #expect(again == message)
            }
        }
    }

    @Test func zestMessages() {
        var generator = SplitMix64(seed: announcedSeed())
        let samples = SampleMessages.zest.map(\.bytes)
        for round in 0..<Self.rounds {
            let bytes = mutate(samples[round % samples.count], &generator)
            attempt { _ = try bytes.withUnsafeBytes { try ZestMessage($0) } }
        }
    }

    @Test func bencode() {
        var generator = SplitMix64(seed: announcedSeed())
        let sample = Array("d1:md6:ut_xeti1e7:ut_holei3ee1:pi6881e4:listl1:a2:bbi-9eee".utf8)
        let grammar = Array("dli0123456789e:-".utf8)
        for round in 0..<Self.rounds {
            let bytes =
                round.isMultiple(of: 2)
                ? mutate(sample, &generator)
                : (0..<Int.random(in: 0...40, using: &generator)).map { _ in grammar.randomElement(using: &generator)! }
            attempt {
                let value = try Bencode.decode(bytes)
                #expect(try Bencode.decode(Bencode.encode(value)) == value)
            }
            attempt { _ = try ExtensionHandshake(bytes) }
        }
    }

    @Test func handshakes() {
        var generator = SplitMix64(seed: announcedSeed())
        let sample = BitTorrentHandshake(swarm: .none, peer: .random()).bytes
        for _ in 0..<Self.rounds {
            let bytes = mutate(sample, &generator)
            attempt { _ = try BitTorrentHandshake(bytes) }
        }
    }

    @Test func addresses() {
        var generator = SplitMix64(seed: announcedSeed())
        let alphabet = Array("0123456789abcdef:.[]%-_ /é".utf8)
        for _ in 0..<Self.rounds {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator)!
            }
            if let address = PeerAddress(String(decoding: bytes, as: UTF8.self)) {
                #expect(PeerAddress(address.description) == address)
            }
        }
    }
}
