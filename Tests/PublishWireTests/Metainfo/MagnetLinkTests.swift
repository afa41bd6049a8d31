import PublishWire
import SwarmWire
import Testing

@Suite struct MagnetLinkTests {
    private static let v1 = "0102030405060708090a0b0c0d0e0f1011121314"
    private static let v2 = String(repeating: "ab", count: 32)

    @Test("reads what it writes")
    func roundTrip() throws {
        let hashes = InfoHashes(v1: Hex.decode(Self.v1, count: 20), v2: Hex.decode(Self.v2, count: 32))
        var link = MagnetLink(try #require(hashes))
        link.displayName = "org/model & more + \u{E9}"
        link.trackers = ["http://127.0.0.1:6969/announce?a=b&c=d", "udp://127.0.0.1:1/announce"]
        link.webSeeds = ["https://127.0.0.1/files/"]
        link.peers = [PeerAddress(host: "127.0.0.1", port: 6881), PeerAddress(host: "::1", port: 6882)]
        link.size = 1 << 40
        link.publisher = MagnetLink.Publisher(key: [UInt8](repeating: 9, count: 32), salt: [1, 2, 3])
        #expect(try MagnetLink(link.description) == link)
        let bare = MagnetLink(MagnetLink.Publisher(key: [UInt8](repeating: 9, count: 32)))
        #expect(try MagnetLink(bare.description) == bare)
        #expect(bare.description == "magnet:?xs=urn:btpk:" + String(repeating: "09", count: 32))
    }

    @Test("reads hex and base32, upper and lower case, and both versions at once")
    func forms() throws {
        let base32 = "AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYU"
        for text in [Self.v1, Self.v1.uppercased(), base32, base32.lowercased()] {
            #expect(try MagnetLink("magnet:?xt=urn:btih:\(text)").hashes?.v1.map { Hex.encode($0) } == Self.v1)
        }
        let both = try MagnetLink("MAGNET:?xt.1=urn:btih:\(Self.v1)&xt.2=URN:BTMH:1220\(Self.v2)&dn=a+b%20c&foo=bar")
        #expect(both.hashes?.v1 != nil && both.hashes?.v2 != nil)
        #expect(both.displayName == "a b c")
    }

    @Test(
        "refuses what names no torrent, or two",
        arguments: [
            ("", PublishError.Code.malformed), ("http://127.0.0.1/", .malformed), ("magnet:?", .missing),
            ("magnet:?dn=x", .missing), ("magnet:?xt=urn:btih:abc", .malformed), ("magnet:?xt=urn:btih:", .malformed),
            ("magnet:?xt=urn:btmh:1220abcd", .malformed), ("magnet:?xt=urn:btmh:1120\(v2)", .malformed),
            ("magnet:?xt=urn:btih:\(v1)&xt=urn:btih:\(v1.replacing("01", with: "02"))", .inconsistent),
            ("magnet:?xs=urn:btpk:00", .malformed), ("magnet:?xs=urn:btpk:\(v2)&s=abc", .malformed),
            ("magnet:?xs=urn:btpk:\(v2)&s=\(String(repeating: "00", count: 65))", .malformed),
            ("magnet:?xt=urn:btih:\(v1)&dn=%4", .malformed), ("magnet:?xt=urn:btih:\(v1)&dn=%FF", .malformed),
            ("magnet:?xt=urn:sha1:\(v1)", .missing),
        ])
    func refusals(text: String, expected: PublishError.Code) {
        #expect(code { () throws(PublishError) in _ = try MagnetLink(text) } == expected)
    }

    @Test("leaves out odd addresses and too many of them")
    func bounds() throws {
        let start = "magnet:?xt=urn:btih:\(Self.v1)"
        let odd = try MagnetLink(
            start + "&tr=javascript:x&tr=http://a%0Ab/&ws=file:///etc/passwd&x.pe=1.2.3.4:0&x.pe=nowhere&xl=-4"
                + "&dn=%1B[2J%E2%80%AEx")
        #expect(odd.trackers.isEmpty && odd.webSeeds.isEmpty && odd.peers.isEmpty && odd.size == nil)
        #expect(odd.displayName == "[2Jx")
        let many = (0..<200).map { "&tr=http://127.0.0.1:\($0 + 1)/&x.pe=127.0.0.1:\($0 + 1)" }.joined()
        let link = try MagnetLink(start + many + "&dn=" + String(repeating: "x", count: 2_000))
        #expect(link.trackers.count == 64 && link.peers.count == 64 && link.displayName?.utf8.count == 512)
        let long = start + String(repeating: "&x=y", count: 5_000)
        #expect(code { () throws(PublishError) in _ = try MagnetLink(long) } == .tooLarge)
    }
}
