import SwarmWire
import Testing

@Suite struct HandshakeTests {
    @Test func bytesAreThoseOfTheProtocol() throws {
        let swarm = try #require(SwarmID(bytes: UInt8(0)..<20))
        let peer = try #require(PeerID(bytes: Array("-ZE0200-abcdefghijkl".utf8)))
        let bytes = BitTorrentHandshake(swarm: swarm, peer: peer).bytes
        #expect(bytes.count == 68)
        #expect(bytes.starts(with: [19] + Array("BitTorrent protocol".utf8)))
        #expect(bytes[20..<28].elementsEqual([0, 0, 0, 0, 0, 0x10, 0, 0]))
        #expect(try BitTorrentHandshake(bytes) == BitTorrentHandshake(swarm: swarm, peer: peer))
    }

    @Test func othersAreRefused() throws {
        let bytes = BitTorrentHandshake(swarm: .none, peer: .random()).bytes
        #expect(throws: SwarmWireError.self) { try BitTorrentHandshake(Array(bytes.dropLast())) }
        #expect(throws: SwarmWireError.self) { try BitTorrentHandshake(bytes + [0]) }
        #expect(throws: SwarmWireError.self) { try BitTorrentHandshake([]) }
        var other = bytes
        other[3] ^= 1
        #expect(throws: SwarmWireError.self) { try BitTorrentHandshake(other) }
        var plain = bytes
        plain[25] = 0
        #expect(try BitTorrentHandshake(plain).hasExtensions == false)
    }

    @Test func ownIDsDiffer() {
        #expect(PeerID.random() != PeerID.random())
        #expect(PeerID.random().bytes.starts(with: Array("-SH0001-".utf8)))
    }

    /// What zest 0.4.2 sends (p2p.md §1.7).
    @Test func zestIntroducesItself() throws {
        let message = try ExtensionHandshake(Array("d1:md6:ut_xeti1ee1:pi6881e1:v8:zest/0.3e".utf8))
        #expect(message.extensions == ["ut_xet": 1])
        #expect(message.port == 6881)
        #expect(message.client == "zest/0.3")
        #expect(Array("d1:md6:ut_xeti1ee1:pi6881e1:v8:zest/0.3e".utf8) == message.bytes)
    }

    @Test func oddValuesArePassedOver() throws {
        let text = "d1:md1:ai0e1:bi256e1:ci-1e1:d1:x1:ei7ee1:pi70000e4:reqqi-5e1:v3:a\nb6:yourip4:abcdeEXTRA"
        let message = try ExtensionHandshake(Array(text.utf8))
        #expect(message.extensions == ["e": 7])
        #expect(message.port == nil)
        #expect(message.client == "a?b")
        #expect(message.requestQueue == 1)
        #expect(try ExtensionHandshake(Array("de".utf8)).extensions.isEmpty)
        #expect(throws: SwarmWireError.self) { try ExtensionHandshake(Array("le".utf8)) }
        #expect(throws: SwarmWireError.self) { try ExtensionHandshake([]) }
        let long = "d1:v9000:" + String(repeating: "a", count: 9000) + "e"
        #expect(throws: SwarmWireError.self) { try ExtensionHandshake(Array(long.utf8)) }
    }
}
