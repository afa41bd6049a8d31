package import HubClient
internal import HubWire
package import PublishWire

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A repository whose new commits are mirrored, and how far that has come: a file of ``FollowBook``.
package struct FollowRecord: Sendable, Hashable {
    package var order: MirrorOrder
    /// Seconds between two questions.
    package var interval: Int64 = 600
    /// Versions that are given to others; older ones stay, and rest.
    package var keep = 3
    /// What the hub said last.
    package var mark: RevisionMark?
    /// The last commit that was mirrored.
    package var mirrored: String?
    /// When the hub is asked next, in seconds since 1970.
    package var next: Int64 = 0
    /// Failures in a row.
    package var failures = 0

    package init(_ order: MirrorOrder) {
        self.order = order
        self.order.address.repo.revision = order.address.repo.effectiveRevision
    }

    package static let shortestInterval: Int64 = 1
    package static let longestInterval: Int64 = 7 * 86_400

    /// File systems bear 255 bytes, with an ending, and more while it is written.
    private static let longestKey = 200

    /// Tells it from others: one repository of one hub may be followed at several branches.
    package var key: String {
        let name = order.address.page + "@" + order.address.repo.effectiveRevision
        let key = PercentEncoding.encode(segment: name)
        return key.utf8.count <= Self.longestKey ? key : Hexadecimal.encode(Digest.sha256(Array(name.utf8)))
    }
}

extension FollowRecord {
    private struct Document: Codable {
        var format: Int
        var endpoint: String
        var type: String
        var repo: String
        var revision: String
        var name: String?
        var kind: String?
        var license: String?
        var skip_lfs: Bool
        var broadcast: Bool
        var seed: Bool
        var sign: Bool
        var piece_length: Int?
        var depth: Int
        var interval: Int64
        var keep: Int
        var commit: String?
        var etag: String?
        var mirrored: String?
        var next: Int64
        var failures: Int
    }

    private static let format = 1
    static let largest = 64 << 10

    func encoded() throws(PublishError) -> [UInt8] {
        let repo = order.address.repo
        let document = Document(
            format: Self.format, endpoint: order.address.endpoint, type: repo.type.rawValue,
            repo: repo.id.description, revision: repo.effectiveRevision, name: order.id?.text,
            kind: order.id?.kind.rawValue, license: order.licence, skip_lfs: order.skipsLarge,
            broadcast: order.isPublic, seed: order.seeds, sign: order.signs, piece_length: order.pieceLength,
            depth: order.depth, interval: interval, keep: keep, commit: mark?.commit, etag: mark?.etag,
            mirrored: mirrored, next: next, failures: failures)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else {
            throw PublishError(.malformed, "what is known of \(repo) cannot be written as JSON")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// - Returns: nil for what is damaged, or of a later format.
    init?(_ bytes: [UInt8]) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            document.format == Self.format, let type = RepoType(rawValue: document.type),
            let id = RepoID(document.repo), !document.revision.isEmpty, document.revision.utf8.count <= 1_024,
            ["http://", "https://"].contains(where: { document.endpoint.hasPrefix($0) }),
            Self.shortestInterval...Self.longestInterval ~= document.interval, 1...1_000 ~= document.keep,
            document.depth >= 0
        else { return nil }
        let repo = RepoReference(type: type, id: id, revision: document.revision)
        order = MirrorOrder(MirrorAddress(repo: repo, endpoint: document.endpoint))
        if let name = document.name {
            guard let kind = CatalogueID.Kind(rawValue: document.kind ?? "model"),
                let id = CatalogueID(name, kind: kind)
            else { return nil }
            order.id = id
        }
        order.licence = document.license
        order.skipsLarge = document.skip_lfs
        order.isPublic = document.broadcast
        order.seeds = document.seed
        order.signs = document.sign
        order.pieceLength = document.piece_length
        order.depth = document.depth
        (interval, keep) = (document.interval, document.keep)
        if let commit = document.commit, RepoReference.isCommit(commit) {
            mark = RevisionMark(commit: commit, etag: document.etag)
        }
        (mirrored, next, failures) = (document.mirrored, document.next, max(0, document.failures))
    }
}

/// The repositories that are followed: a file for each, below ``PublishFolder/path``.
package struct FollowBook: Sendable {
    private let folder: String

    package init(_ folder: PublishFolder) { self.folder = folder.path + "/follow" }

    private func path(_ key: String) -> String { "\(folder)/\(key).json" }

    /// All of them; damaged files are passed over.
    package func all() throws(PublishError) -> [FollowRecord] {
        var records: [FollowRecord] = []
        for name in try PlacedFile.names(in: folder) ?? [] where name.hasSuffix(".json") && !name.hasPrefix(".") {
            let bytes = PlacedFile.read("\(folder)/\(name)", limit: FollowRecord.largest)
            if let record = bytes.flatMap({ FollowRecord($0) }) { records.append(record) }
        }
        return records
    }

    package func keep(_ record: FollowRecord) throws(PublishError) {
        try PlacedFile.write(try record.encoded(), to: path(record.key))
    }

    /// Notes how far it has come, unless nobody wants it followed any more.
    package func update(_ record: FollowRecord) throws(PublishError) {
        if FileFacts(path(record.key)) != nil { try keep(record) }
    }

    /// - Returns: whether it was followed.
    @discardableResult
    package func remove(_ record: FollowRecord) throws(PublishError) -> Bool {
        let wasThere = FileFacts(path(record.key)) != nil
        try PlacedFile.remove(path(record.key))
        return wasThere
    }
}
