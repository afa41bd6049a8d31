/// Lists of peers in a message: four counts, then compact addresses (BEP 11's lists without its dictionary).
enum PeerExchange {
    /// Addresses that are names are left out: they mean something else elsewhere. At most 50 of each kind are sent.
    static func encode(added: [PeerAddress], dropped: [PeerAddress], to bytes: inout [UInt8]) {
        for list in [added, dropped] {
            let compact = list.compactMap(\.compact).prefix(SwarmMessage.maximumPeers)
            let v4 = compact.filter { $0.count == PeerAddress.compactSizeV4 }
            let v6 = compact.filter { $0.count == PeerAddress.compactSizeV6 }
            bytes.append(UInt8(v4.count))
            bytes.append(UInt8(v6.count))
            for address in v4 + v6 { bytes.append(contentsOf: address) }
        }
    }

    static func decode(
        _ reader: inout WireReader
    ) throws(SwarmWireError) -> (added: [PeerAddress], dropped: [PeerAddress]) {
        (try list(&reader), try list(&reader))
    }

    private static func list(_ reader: inout WireReader) throws(SwarmWireError) -> [PeerAddress] {
        let v4 = Int(try reader.byte("a number of addresses"))
        let v6 = Int(try reader.byte("a number of addresses"))
        guard v4 + v6 <= SwarmMessage.maximumPeers else {
            throw SwarmWireError(.tooLarge, "a message names \(v4 + v6) peers")
        }
        var peers: [PeerAddress] = []
        for size in [Int](repeating: PeerAddress.compactSizeV4, count: v4)
            + [Int](repeating: PeerAddress.compactSizeV6, count: v6)
        {
            // An address that cannot be dialled is passed over.
            if let peer = PeerAddress(compact: try reader.take(size, "an address")) { peers.append(peer) }
        }
        return peers
    }
}
