internal import CTorrent
package import PublishWire
package import SwarmWire

extension Libtorrent {
    /// The nodes it knows and its own id, for ``EngineSettings/dhtState`` of the next time.
    package func dhtState() async throws(TorrentError) -> [UInt8] {
        try await buffer { ctorrent_dht_state($0, $1, $2) }
    }

    package var nodeCount: Int {
        get async {
            let (session, waiters) = (session, news.waiters)
            let answer = try? await waiters.wait(for: .statistics, timeout: .seconds(5)) {
                () async throws(TorrentError) in
                try await session.call { pointer throws(TorrentError) in ctorrent_ask_statistics(pointer) }
            }
            guard case .number(let count) = answer else { return 0 }
            return count
        }
    }

    package func addNode(_ address: PeerAddress) async {
        try? await session.call { pointer throws(TorrentError) in
            address.host.withCString { ctorrent_add_node(pointer, ctorrent_address(host: $0, port: address.port)) }
        }
    }

    package func put(_ item: SignedItem) async throws(TorrentError) -> Int {
        guard settings.usesDHT else {
            throw TorrentError(.network, "The DHT is turned off.", hint: "Turn it on in the configuration.")
        }
        guard item.value.count <= SignedItem.largestValue, item.salt.count <= 64 else {
            throw TorrentError(
                .network, "The item of \(item.value.count) bytes does not fit into the DHT.",
                hint: "At most \(SignedItem.largestValue) bytes do.")
        }
        let name = ItemName(key: item.key, salt: item.salt)
        let answer = try await news.waiters.wait(for: .put(name, item.sequence), timeout: .seconds(60)) {
            [self] () async throws(TorrentError) in
            try await order { pointer, failure in
                let memory = CMemory()
                defer { withExtendedLifetime(memory) {} }
                return ctorrent_put(
                    pointer, memory.bytes(item.key), memory.bytes(item.salt), item.sequence, memory.bytes(item.value),
                    memory.bytes(item.signature), failure)
            }
        }
        guard case .number(let nodes) = answer else {
            throw TorrentError(.timedOut, "The DHT did not answer.", hint: "Check the connection and try again.")
        }
        return nodes
    }

    package func items(key: [UInt8], salt: [UInt8], timeout: Duration) -> AsyncStream<SignedItem> {
        let name = ItemName(key: key, salt: salt)
        let (stream, isNew) = news.items.join(name, timeout: timeout)
        guard isNew else { return stream }
        Task {
            do throws(TorrentError) {
                try await order { pointer, failure in
                    let memory = CMemory()
                    defer { withExtendedLifetime(memory) {} }
                    return ctorrent_get(pointer, memory.bytes(key), memory.bytes(salt), failure)
                }
            } catch {
                news.items.end(name)
            }
        }
        return stream
    }

    package func announce(_ id: [UInt8], port: UInt16) async {
        try? await order { pointer, failure in
            let memory = CMemory()
            defer { withExtendedLifetime(memory) {} }
            return ctorrent_announce(pointer, memory.bytes(id), port, failure)
        }
    }

    package func lookUp(_ id: [UInt8], timeout: Duration) -> AsyncStream<[PeerAddress]> {
        let stream = news.peers.listen(to: id, timeout: timeout)
        Task {
            do throws(TorrentError) {
                try await order { pointer, failure in
                    let memory = CMemory()
                    defer { withExtendedLifetime(memory) {} }
                    return ctorrent_look_up(pointer, memory.bytes(id), failure)
                }
            } catch {
                news.peers.end(id)
            }
        }
        return stream
    }
}
