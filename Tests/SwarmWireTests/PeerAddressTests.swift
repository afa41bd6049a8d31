import SwarmWire
import Testing

@Suite struct PeerAddressTests {
    @Test(arguments: [
        ("127.0.0.1:6881", "127.0.0.1", 6881), ("node-1.cluster.local:1", "node-1.cluster.local", 1),
        ("[::1]:80", "::1", 80), ("[2001:DB8:0:0::1]:65535", "2001:db8::1", 65535),
        ("[::ffff:10.0.0.1]:7", "10.0.0.1", 7), ("box_2:22", "box_2", 22), ("a.b.:9", "a.b.", 9),
    ])
    func parses(text: String, host: String, port: UInt16) throws {
        let address = try #require(PeerAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
    }

    @Test(arguments: [
        "", ":", "host", "host:", ":80", "host:0", "host:65536", "host:+1", "host:1 ", "::1:80", "[::1]", "[::1]80",
        "[host]:80", "[1.2.3.4]:80", "a b:1", "a..b:1", "-a:1", "host:99999999999999999999", "[::1%eth0]:1", "é:1",
        "[:1", "ho/st:1",
    ])
    func refuses(text: String) {
        #expect(PeerAddress(text) == nil)
    }

    @Test func textReturns() throws {
        for text in ["1.2.3.4:5", "[2001:db8::1]:5", "name:5"] {
            #expect(try #require(PeerAddress(text)).description == text)
        }
    }

    @Test func compactForms() throws {
        let v4 = PeerAddress(host: "1.2.3.4", port: 0x1234)
        #expect(v4.compact == [1, 2, 3, 4, 0x12, 0x34])
        let v6 = PeerAddress(host: "2001:db8::7", port: 80)
        #expect(v6.compact?.count == PeerAddress.compactSizeV6)
        #expect(PeerAddress(host: "name", port: 80).compact == nil)
        for address in [v4, v6] {
            #expect(PeerAddress(compact: try #require(address.compact)) == address)
        }
        #expect(PeerAddress(compact: [1, 2, 3, 4, 0, 0]) == nil)
        #expect(PeerAddress(compact: [1, 2, 3, 4, 5]) == nil)
        let list = PeerAddress.list(compact: [1, 2, 3, 4, 0, 9, 5, 6, 7, 8, 0, 0, 9, 9, 9, 9, 1, 0], entrySize: 6)
        #expect(list == [PeerAddress(host: "1.2.3.4", port: 9), PeerAddress(host: "9.9.9.9", port: 256)])
        #expect(PeerAddress.list(compact: [1, 2, 3], entrySize: 6) == nil)
    }

    @Test(arguments: [
        ("10.1.2.3", true), ("127.0.0.1", true), ("172.16.0.1", true), ("172.32.0.1", false), ("192.168.9.9", true),
        ("169.254.1.1", true), ("100.64.0.1", true), ("100.128.0.1", false), ("8.8.8.8", false), ("224.0.0.1", true),
        ("::1", true), ("::", true), ("fe80::1", true), ("fd00::1", true), ("ff02::1", true), ("2001:db8::1", false),
        ("::ffff:8.8.8.8", false), ("::ffff:10.0.0.1", true),
    ])
    func localAddresses(text: String, isLocal: Bool) throws {
        #expect(try #require(IPLiteral(text)).isLocal == isLocal)
    }
}
