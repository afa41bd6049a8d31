import PublishWire
import SwarmWire
import TestSupport
import Testing
import Torrents

@Suite(.serialized) struct DHTTests {
    @Test("eight nodes announce, look up, store and give, and let others republish", .timeLimit(.minutes(2)))
    func net() async throws {
        try await withFixture { fixture in
            let nodes = try await fixture.net(of: 8)
            try await announces(nodes)
            let item = try await stores(nodes)
            try await outlives(nodes, item, fixture)
        }
    }

    private func announces(_ nodes: [Libtorrent]) async throws {
        let id = (0..<20).map { _ in UInt8.random(in: 0...255) }
        var found: Set<PeerAddress> = []
        for _ in 0..<5 where found.isEmpty {
            await nodes[1].announce(id, port: 4_242)
            for await peers in nodes[6].lookUp(id, timeout: .seconds(3)) {
                found.formUnion(peers)
                if !found.isEmpty { break }
            }
        }
        #expect(found == [.local(4_242)])
        var none: [PeerAddress] = []
        for await peers in nodes[3].lookUp(id.reversed(), timeout: .seconds(1)) { none += peers }
        #expect(none.isEmpty)
    }

    private func stores(_ nodes: [Libtorrent]) async throws -> SignedItem {
        let key = SigningKey()
        let first = try SignedItem(signing: Array("d1:n5:firste".utf8), salt: [], sequence: 1, by: key)
        #expect(try await nodes[0].put(first) >= 4)
        #expect(try await value(first, from: nodes[5]) == first)
        let second = try SignedItem(signing: Array("d1:n6:seconde".utf8), salt: [], sequence: 2, by: key)
        #expect(try await nodes[0].put(second) >= 4)
        #expect(try await value(second, from: nodes[5], atLeast: 2) == second)
        // What is older is not taken any more.
        #expect(try await nodes[2].put(first) == 0)

        let salted = try SignedItem(signing: Array("i7e".utf8), salt: Array("amd1".utf8), sequence: 5, by: key)
        #expect(try await nodes[1].put(salted) >= 4)
        #expect(try await value(salted, from: nodes[7]) == salted)

        let largest = try SignedItem(
            signing: Array("996:".utf8) + [UInt8](repeating: 0x61, count: 996), salt: [], sequence: 1, by: SigningKey())
        #expect(try await nodes[1].put(largest) >= 4)
        #expect(try await value(largest, from: nodes[6]) == largest)

        var forged = second
        forged = SignedItem(
            key: forged.key, salt: forged.salt, sequence: 9, value: forged.value, signature: forged.signature)
        #expect(try await nodes[2].put(forged) == 0)
        let large = SignedItem(
            key: second.key, salt: [], sequence: 3, value: Array("997:".utf8) + [UInt8](repeating: 0x61, count: 997),
            signature: second.signature)
        await #expect(throws: TorrentError.self) { try await nodes[0].put(large) == 0 }
        return second
    }

    /// A follower puts the item at new nodes, the old ones end, the item is still there.
    private func outlives(_ nodes: [Libtorrent], _ item: SignedItem, _ fixture: Fixture) async throws {
        let follower = nodes[7]
        var ports: [PeerAddress] = []
        for node in nodes { ports.append(.local(await node.port)) }
        var young: [Libtorrent] = []
        for _ in 0..<4 { young.append(try await fixture.node(knowing: [ports[7]])) }
        for node in young {
            for other in young { await node.addNode(.local(await other.port)) }
            await follower.addNode(.local(await node.port))
        }
        try await follower.wait(until: "twelve nodes") { await follower.nodeCount >= 11 }
        #expect(try await follower.put(item) >= 4)
        await withTaskGroup { group in
            for node in nodes.dropLast() { group.addTask { await node.close(grace: .seconds(1)) } }
        }
        #expect(try await value(item, from: young[0], atLeast: 2) == item)
    }

    private func value(
        _ item: SignedItem, from node: Libtorrent, atLeast sequence: Int64 = 0
    ) async throws -> SignedItem? {
        for await found in node.items(key: item.key, salt: item.salt, timeout: .seconds(20))
        where found.sequence >= sequence {
            return found
        }
        return nil
    }

    @Test("nothing is found where nobody is, and the DHT can be off")
    func alone() async throws {
        try await withFixture { fixture in
            let node = try await fixture.engine { $0.usesDHT = true }
            for await item in node.items(key: [UInt8](repeating: 7, count: 32), salt: [], timeout: .seconds(1)) {
                Issue.record("\(item)")
            }
            #expect(await node.nodeCount == 0)
            let silent = try await fixture.engine()
            let item = try SignedItem(signing: Array("i1e".utf8), salt: [], sequence: 1, by: SigningKey())
            await #expect { try await silent.put(item) == 0 } throws: { ($0 as? TorrentError)?.code == .network }
        }
    }

    @Test("a node that comes back knows whom it knew")
    func state() async throws {
        try await withFixture { fixture in
            let nodes = try await fixture.net(of: 4)
            let state = try await nodes[0].dhtState()
            await nodes[0].close(grace: .seconds(1))
            let again = try await fixture.engine {
                $0.usesDHT = true
                $0.dhtState = state
            }
            try await again.wait(until: "nodes") { await again.nodeCount >= 2 }
        }
    }
}

extension Fixture {
    fileprivate func node(knowing nodes: [PeerAddress]) async throws -> Libtorrent {
        try await engine {
            $0.usesDHT = true
            $0.nodes = nodes
        }
    }

    /// Nodes that know each other.
    fileprivate func net(of count: Int) async throws -> [Libtorrent] {
        var nodes: [Libtorrent] = []
        for _ in 0..<count { nodes.append(try await node(knowing: [])) }
        for node in nodes {
            for other in nodes where other !== node { await node.addNode(.local(await other.port)) }
        }
        for node in nodes {
            try await node.wait(until: "\(count - 1) nodes") { await node.nodeCount >= count - 1 }
        }
        return nodes
    }
}
