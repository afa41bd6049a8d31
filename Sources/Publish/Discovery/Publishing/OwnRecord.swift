internal import PublishWire

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What this publisher has put into the DHT, on disk: the items themselves, so that numbers never go back.
struct OwnRecord: Sendable, Hashable {
    /// The newest first; at most ``mostVersions``.
    var versions: [[UInt8]] = []
    var root: SignedItem?
    /// By the publisher or former publisher who says them.
    var statements: [SignedItem] = []
    /// By id of the model.
    var pointers: [String: SignedItem] = [:]
    /// When the root was last taken by enough nodes, in seconds since 1970, and by how many.
    var publishedAt: Int64?
    var nodes = 0

    /// Versions of the index that are given away: somebody may just be fetching the one before.
    static let mostVersions = 3
    private static let largest = 4 << 20

    /// - Returns: an empty one where there is none that can be read: the DHT is asked for the number then.
    static func read(_ path: String) -> OwnRecord {
        guard let bytes = PlacedFile.read(path, limit: largest),
            let document = try? JSONDecoder().decode(Document.self, from: Data(bytes))
        else { return OwnRecord() }
        return document.record
    }

    func write(to path: String) throws(PublishError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Document(self)) else {
            throw PublishError(.malformed, "what was published cannot be written as JSON")
        }
        try PlacedFile.write(Array(data), to: path)
    }

    private struct Document: Codable {
        var format = 1
        var versions: [String]
        var root: String?
        var statements: [String]
        var pointers: [String: String]
        var published_at: Int64?
        var nodes: Int

        init(_ record: OwnRecord) {
            versions = record.versions.map(Hexadecimal.encode)
            root = record.root.map { Base32.encode($0.bytes) }
            statements = record.statements.map { Base32.encode($0.bytes) }
            pointers = record.pointers.mapValues { Base32.encode($0.bytes) }
            published_at = record.publishedAt
            nodes = record.nodes
        }

        var record: OwnRecord {
            func item(_ text: String) -> SignedItem? { Base32.decode(text).flatMap { try? SignedItem($0) } }
            var record = OwnRecord()
            record.versions = versions.compactMap(Hexadecimal.decode).filter { $0.count == 32 }
            record.root = root.flatMap(item)
            record.statements = statements.compactMap(item)
            record.pointers = pointers.compactMapValues(item)
            record.publishedAt = published_at
            record.nodes = nodes
            return record
        }
    }
}
