internal import SwarmWire
internal import Synchronization

/// A peer that is connected, and what went to and fro.
package struct PeerReport: Sendable, Hashable {
    /// `HOST:PORT`; of a peer that has come to us, where its connection begins.
    package var address: String
    package var isIncoming: Bool
    /// What it calls its program.
    package var client: String?
    /// Bytes of chunks and manifests.
    package var toPeer: UInt64
    package var fromPeer: UInt64
}

extension SwarmPeers {
    /// The peers that are connected now.
    package var report: [PeerReport] {
        let links = openLinks
        var sent: [String: UInt64] = [:]
        for session in node.server?.sessions ?? [] {
            sent[session.address.description] = session.sentBytes.load(ordering: .relaxed)
        }
        return links.map { link in
            let address = link.connection.address.description
            return PeerReport(
                address: address, isIncoming: link.connection.isIncoming, client: link.connection.client,
                toPeer: sent[address] ?? 0, fromPeer: link.receivedBytes)
        }.sorted { $0.address < $1.address }
    }
}
