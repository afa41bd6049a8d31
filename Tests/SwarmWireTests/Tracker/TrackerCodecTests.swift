import SwarmWire
import TestSupport
import Testing

@Suite("Tracker messages") struct TrackerCodecTests {
    private static let swarm = SwarmID(bytes: (0..<20).map { UInt8($0 * 13) }) ?? .none
    private static let peer = PeerID.random()

    // MARK: Announces

    @Test("an announce comes back from its query")
    func announceRoundTrip() throws {
        var request = AnnounceRequest(swarm: Self.swarm, peer: Self.peer, port: 6881)
        #expect(try AnnounceRequest(QueryBytes(request.query)) == request)
        request.uploaded = 5
        request.downloaded = 1 << 40
        request.left = 7
        request.event = .completed
        request.isCompact = false
        request.omitsPeerIDs = true
        request.wanted = 30
        request.key = [0, 38, 61, 255]
        request.stated = [try #require(IPLiteral("10.0.0.1")), try #require(IPLiteral("fd00::1"))]
        request.capacity = 3
        request.trackerID = Array("a&b=c".utf8)
        #expect(try AnnounceRequest(QueryBytes(request.query)) == request)
    }

    @Test("what zest sends is understood")
    func zest() throws {
        let hash = "Z%58%2a%23%1f%5cv%b0%d3%1clm%a3%bd%0d%c3T%be%91o"
        let query =
            "info_hash=\(hash)&peer_id=-ZE0200-abcdefghijkl&port=6881&compact=1&uploaded=0&downloaded=0&left=0"
            + "&event=started"
        let request = try AnnounceRequest(QueryBytes(query))
        #expect(request.swarm.bytes.first == 0x5A && request.swarm.bytes[1] == 0x58 && request.swarm.bytes[19] == 0x6F)
        #expect(request.peer.bytes == Array("-ZE0200-abcdefghijkl".utf8))
        #expect(request.port == 6881 && request.left == 0 && request.event == .started && request.isCompact)
        #expect(request.wanted == nil && request.key == nil && request.capacity == nil)
    }

    @Test(
        "an announce without its ids or port is refused in words",
        arguments: [
            ("peer_id=aaaaaaaaaaaaaaaaaaaa&port=1", "info_hash must have 20 bytes"),
            ("info_hash=%00&peer_id=aaaaaaaaaaaaaaaaaaaa&port=1", "info_hash must have 20 bytes"),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&port=1", "peer_id must have 20 bytes"),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=aaaaaaaaaaaaaaaaaaaa", "port must be a number up to 65535"),
            (
                "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=aaaaaaaaaaaaaaaaaaaa&port=65536",
                "port must be a number up to 65535"
            ),
            ("info_hash=%zz%00&peer_id=%", "info_hash must have 20 bytes"),
        ])
    func refusals(_ query: String, _ words: String) {
        let error = #expect(throws: SwarmWireError.self) { try AnnounceRequest(QueryBytes(query)) }
        #expect(error?.message == words)
    }

    @Test("odd numbers are passed over")
    func oddNumbers() throws {
        let base = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=0"
        let request = try AnnounceRequest(
            QueryBytes(
                base + "&left=99999999999999999999&numwant=-1&capacity=-5&event=dancing&key=&ip=host.example"
                    + "&ipv6=%5B2001:db8::1%5D:6881&ipv4=192.0.2.7"))
        #expect(request.left == nil && request.wanted == nil && request.capacity == 0 && request.event == nil)
        #expect(request.key == nil && request.port == 0)
        #expect(request.stated == [IPLiteral("192.0.2.7"), IPLiteral("2001:db8::1")].compactMap(\.self))
    }

    // MARK: Answers

    @Test("an answer comes back, compact and as a list")
    func replies() throws {
        var reply = AnnounceReply(interval: 120)
        reply.minimumInterval = 30
        reply.complete = 2
        reply.incomplete = 5
        reply.downloads = 9
        reply.external = IPLiteral("203.0.113.9")
        reply.trackerID = [1, 2, 3]
        reply.batchSize = 1000
        reply.warning = "soon"
        let addresses = ["192.0.2.1:6881", "[2001:db8::1]:80"].compactMap { PeerAddress($0) }
        reply.peers = CompactPeers(addresses)
        #expect(try AnnounceReply.decode(reply.encoded()).get() == reply)
        #expect(Set(reply.addresses) == Set(addresses))
        reply.peers = CompactPeers()
        reply.named = addresses.map { .init(address: $0, id: Self.peer.bytes) }
        #expect(try AnnounceReply.decode(reply.encoded(asList: true)).get() == reply)
        reply.named = addresses.map { .init(address: $0, id: nil) }
        let list = try AnnounceReply.decode(reply.encoded(asList: true)).get()
        #expect(list.addresses == addresses && list.named.allSatisfy { $0.id == nil })
    }

    @Test("answers of other trackers: names, hosts that are none, cut lists, ports of zero")
    func foreignReplies() throws {
        func decode(_ text: String) throws -> AnnounceReply { try AnnounceReply.decode(Array(text.utf8)).get() }
        let named = try decode(
            "d8:intervali1800e5:peersl"
                + "d2:ip11:peer.domain4:porti6881ee" + "d2:ip3:a b4:porti6881ee" + "d2:ip7:1.2.3.44:porti0ee"
                + "d2:ip7:1.2.3.44:porti70000ee" + "d2:ip3:::14:porti5e7:peer id2:xxe" + "i5e" + "ee")
        #expect(named.addresses.map(\.description) == ["peer.domain:6881", "[::1]:5"])
        #expect(named.named.last?.id == nil)
        let cut = try decode("d8:intervali60e5:peers8:abcdefghe")
        #expect(cut.addresses.count == 1)
        #expect(try decode("d8:intervali60e5:peers6:abcd\0\0e").addresses.isEmpty)
        #expect(try decode("d5:peers0:8:intervali60ee").interval == 60)
        #expect(throws: SwarmWireError.self) { try decode("d5:peers0:e") }
        #expect(throws: SwarmWireError.self) { try decode("d8:intervali-1ee") }
        #expect(throws: SwarmWireError.self) { try decode("<html>") }
    }

    @Test("failures say when to ask again")
    func failures() throws {
        let failure = TrackerFailure(reason: "full", retryAfter: 61)
        #expect(String(decoding: failure.encoded, as: UTF8.self) == "d14:failure reason4:full8:retry ini2ee")
        func read(_ text: String) throws -> TrackerFailure? {
            guard case .failure(let failure) = try AnnounceReply.decode(Array(text.utf8)) else { return nil }
            return failure
        }
        #expect(try read("d14:failure reason4:fulle") == TrackerFailure(reason: "full"))
        #expect(try read("d14:failure reason4:full8:retry ini2ee")?.retryAfter == 120)
        #expect(try read("d14:failure reason4:full8:retry in5:nevere")?.retryAfter == 6_000_000)
        #expect(try read("d14:failure reason4:full8:retry ini-9223372036854775808ee")?.retryAfter == nil)
        #expect(try read("d8:intervali1ee") == nil)
    }

    @Test("figures come back")
    func scrapes() throws {
        var reply = ScrapeReply()
        reply.swarms[Self.swarm] = .init(complete: 1, incomplete: 2, downloads: 3)
        reply.minimumInterval = 30
        #expect(try ScrapeReply.decode(reply.encoded).get() == reply)
        let query = ScrapeReply.query([Self.swarm, .none])
        #expect(try ScrapeReply.swarms(in: QueryBytes(query)) == [Self.swarm, .none])
        #expect(throws: SwarmWireError.self) { try ScrapeReply.swarms(in: QueryBytes("info_hash=abc")) }
        // libtorrent and aria2 read exactly this form.
        #expect(
            String(decoding: reply.encoded, as: UTF8.self).hasPrefix("d5:filesd20:")
                && String(decoding: reply.encoded, as: UTF8.self).hasSuffix("e5:flagsd20:min_request_intervali30eee"))
    }

    @Test("a batch comes back, and so does its answer")
    func batches() throws {
        var batch = BatchAnnounce(peer: Self.peer, port: 6881)
        #expect(try BatchAnnounce(decoding: batch.encoded) == batch)
        batch.key = [1]
        batch.capacity = 4
        batch.wanted = 10
        batch.stated = [IPLiteral("10.1.1.1"), IPLiteral("fd00::1")].compactMap(\.self)
        batch.leeching = [Self.swarm]
        batch.seeding = [.none, Self.swarm]
        batch.completed = [.none]
        batch.stopped = [Self.swarm]
        #expect(try BatchAnnounce(decoding: batch.encoded) == batch)
        #expect(batch.count == 5)
        for wrong in [
            "de", "d7:peer_id1:a4:porti1ee", "d7:peer_id20:aaaaaaaaaaaaaaaaaaaa4:porti1e7:seeding3:abce", "le",
        ] {
            #expect(throws: SwarmWireError.self, "\(wrong)") { try BatchAnnounce(decoding: Array(wrong.utf8)) }
        }
        var reply = BatchReply(interval: 60)
        reply.minimumInterval = 5
        reply.batchSize = 7
        reply.external = IPLiteral("2001:db8::5")
        reply.swarms[.none] = .refused("full")
        let peers = CompactPeers([try #require(PeerAddress("10.0.0.1:1")), try #require(PeerAddress("[fd00::1]:2"))])
        reply.swarms[Self.swarm] = .peers(peers, complete: 3, incomplete: 4)
        #expect(try BatchReply.decode(reply.encoded).get() == reply)
    }

    // MARK: Addresses of trackers

    @Test(
        "trackers are given with and without /announce",
        arguments: [
            ("http://hub:8080", "http://hub:8080/announce", "http://hub:8080/scrape"),
            ("http://hub:8080/", "http://hub:8080/announce", "http://hub:8080/scrape"),
            ("http://hub:8080/announce", "http://hub:8080/announce", "http://hub:8080/scrape"),
            ("HTTPS://hub/tracker", "https://hub/tracker/announce", "https://hub/tracker/scrape"),
            ("hub:6969", "http://hub:6969/announce", "http://hub:6969/scrape"),
            ("http://[::1]:80/announce/", "http://[::1]:80/announce", "http://[::1]:80/scrape"),
            ("http://t/ann.php?passkey=1", "http://t/ann.php?passkey=1", nil),
        ])
    func addresses(_ text: String, _ announce: String, _ scrape: String?) throws {
        let url = try TrackerURL(text)
        #expect(url.announce == announce && url.scrape == scrape)
        let request = AnnounceRequest(swarm: Self.swarm, peer: Self.peer, port: 1)
        let mark = announce.contains("?") ? "&" : "?"
        #expect(url.announcing(request).hasPrefix(announce + mark + "info_hash="))
    }

    @Test(
        "what is no tracker's address",
        arguments: [
            "udp://t:80", "http://", "http:///x", "http://a b", "ftp://a", "", "nonsense", "a/announce", "a:", "a:0",
            "a:99999", "http://a:b", "http://[::1", "http://[::1]x", "http://me@",
        ])
    func wrongAddresses(_ text: String) {
        #expect(throws: SwarmWireError.self) { try TrackerURL(text) }
    }

    // MARK: The local network

    @Test("a search of the local network comes back, and fits into a datagram")
    func localSearch() throws {
        let many = (0..<40).compactMap { number in SwarmID(bytes: (0..<20).map { UInt8($0 + number) }) }
        let search = LocalSearch(port: 6881, swarms: many, cookie: "c00kie")
        #expect(search.swarms.count == 25)
        for group in LocalSearch.Group.allCases {
            let bytes = search.encoded(for: group)
            #expect(bytes.count < 1_400)
            #expect(LocalSearch(bytes) == search)
        }
        let foreign =
            "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nport:51413\r\n"
            + "INFOHASH: 5A582A231F5C76B0D31C6C9DA3BD0DC354BE6FAC\r\n\r\n\r\n"
        let found = try #require(LocalSearch(Array(foreign.utf8)))
        #expect(found.port == 51413 && found.cookie == nil)
        #expect(found.swarms.map(\.description) == ["5a582a231f5c76b0d31c6c9da3bd0dc354be6fac"])
        for wrong in [
            "", "M-SEARCH * HTTP/1.1\r\n\r\n", "BT-SEARCH * HTTP/1.1\r\nPort: 1\r\n\r\n",
            "BT-SEARCH * HTTP/1.1\r\nPort: 0\r\nInfohash: 5a582a231f5c76b0d31c6c9da3bd0dc354be6fac\r\n\r\n",
            "BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: 5a58\r\n\r\n",
        ] {
            #expect(LocalSearch(Array(wrong.utf8)) == nil, "\(wrong)")
        }
    }

    // MARK: Foreign bytes

    @Test("no bytes crash a parser, and what parses can be written again")
    func fuzz() throws {
        var generator = SplitMix64(seed: 7)
        var seeds: [[UInt8]] = []
        var reply = AnnounceReply(interval: 120)
        reply.peers = CompactPeers(["192.0.2.1:6881", "[2001:db8::1]:80"].compactMap { PeerAddress($0) })
        seeds.append(reply.encoded())
        reply.named = [.init(address: PeerAddress(host: "a", port: 1), id: Self.peer.bytes)]
        seeds.append(reply.encoded(asList: true))
        seeds.append(TrackerFailure(reason: "x", retryAfter: 5).encoded)
        var batch = BatchAnnounce(peer: Self.peer, port: 1)
        batch.seeding = [.none]
        seeds.append(batch.encoded)
        var answer = BatchReply(interval: 1)
        answer.swarms[.none] = .peers(reply.peers, complete: 1, incomplete: 1)
        seeds.append(answer.encoded)
        var scrape = ScrapeReply()
        scrape.swarms[.none] = .init(complete: 1, incomplete: 1, downloads: 1)
        seeds.append(scrape.encoded)
        seeds.append(LocalSearch(port: 1, swarms: [.none], cookie: "x").encoded(for: .v4))
        seeds.append(Array(AnnounceRequest(swarm: Self.swarm, peer: Self.peer, port: 9).query.utf8))
        var parsed = 0
        for _ in 0..<20_000 {
            var bytes = seeds[Int.random(in: seeds.indices, using: &generator)]
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[place], at: place)
                default: bytes = Array(bytes.prefix(place))
                }
            }
            if case .success(let reply)? = try? AnnounceReply.decode(bytes) {
                parsed += 1
                #expect(throws: Never.self) { try AnnounceReply.decode(reply.encoded()) }
            }
            if case .success(let reply)? = try? BatchReply.decode(bytes) {
                #expect(try BatchReply.decode(reply.encoded).get() == reply)
            }
            if case .success(let reply)? = try? ScrapeReply.decode(bytes) {
                #expect(try ScrapeReply.decode(reply.encoded).get() == reply)
            }
            if let batch = try? BatchAnnounce(decoding: bytes) {
                #expect(try BatchAnnounce(decoding: batch.encoded) == batch)
            }
            if let search = LocalSearch(bytes) { #expect(!search.swarms.isEmpty && search.port > 0) }
            if let request = try? AnnounceRequest(QueryBytes(String(decoding: bytes, as: UTF8.self))) {
                #expect(try AnnounceRequest(QueryBytes(request.query)).swarm == request.swarm)
            }
        }
        #expect(parsed > 1_000)
    }
}
