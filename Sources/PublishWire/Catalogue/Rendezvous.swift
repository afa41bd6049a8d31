internal import Crypto

/// Ids of 20 bytes under which peers find each other in the DHT, without a torrent.
public enum Rendezvous {
    /// Peers that tell each other of publishers (``GossipMessage``).
    public static let all = id(of: "amd1:topic:all")

    /// Peers that know a model or dataset, whichever version and whoever published it.
    public static func repo(_ id: CatalogueID) -> [UInt8] {
        Self.id(of: "amd1:repo:\(id.description.lowercased())")
    }

    private static func id(of name: String) -> [UInt8] { Array(Insecure.SHA1.hash(data: Array(name.utf8))) }
}
