internal import Commands
internal import Publish
internal import PublishWire
internal import Terminal

/// What `shoal share` prints about a model.
struct ShareDocument: Encodable {
    struct Failure: Encodable {
        var code: String
        var message: String
        var hint: String?
    }

    var name: String
    var version: String?
    var kind: String?
    var magnet: String?
    var infoHashV1: String?
    var infoHashV2: String?
    var files: Int?
    var bytes: Int64?
    var license: String?
    /// Who signed: the whole key, and what people compare.
    var publisher: String?
    var fingerprint: String?
    var folder: String?
    var torrent: String?
    var isPublic: Bool?
    /// Whether the agent gives it to others now.
    var isSeeding: Bool?
    /// Whether the same torrent was there before.
    var isUnchanged: Bool?
    var error: Failure?

    enum CodingKeys: String, CodingKey {
        case name, version, kind, magnet, files, bytes, license, publisher, fingerprint, folder, torrent, error
        case infoHashV1 = "info_hash_v1"
        case infoHashV2 = "info_hash_v2"
        case isPublic = "public"
        case isSeeding = "seeding"
        case isUnchanged = "unchanged"
    }

    init(_ report: ShareReport, _ registry: Registry, isTold: Bool) {
        name = report.name
        if let failure = report.failure {
            error = Failure(code: failure.code, message: failure.message, hint: failure.hint)
        }
        guard let result = report.result else { return }
        let entry = result.entry
        name = entry.id.text
        version = entry.version
        kind = entry.id.kind.rawValue
        var link = MagnetLink(entry.hashes)
        link.displayName = entry.id.text
        link.trackers = result.metainfo.trackers
        link.webSeeds = result.metainfo.webSeeds
        magnet = link.description
        infoHashV1 = entry.hashes.v1.map(Hexadecimal.encode)
        infoHashV2 = entry.hashes.v2.map(Hexadecimal.encode)
        files = entry.fileCount
        bytes = entry.size
        license = entry.licence
        publisher = result.publisher?.fingerprint
        fingerprint = result.publisher?.shortForm
        folder = entry.folder
        torrent = registry.torrentCopy(of: entry.name)
        isPublic = entry.isPublic
        isSeeding = isTold && entry.seeds
        isUnchanged = result.wasThere
    }

    /// For people.
    var lines: [String] {
        // An error goes elsewhere.
        guard error == nil else { return [] }
        var lines = [
            "name         \(name)" + (version.map { " @ \($0)" } ?? ""), "licence      \(license ?? "-")",
            "content      \(Plural.count(files ?? 0, "file")), \(ByteText.size(UInt64(max(0, bytes ?? 0)))) in \(folder ?? "")",
            "torrent      \(torrent ?? "")",
        ]
        if let infoHashV1 { lines.append("info hash v1 \(infoHashV1)") }
        if let infoHashV2 { lines.append("info hash v2 \(infoHashV2)") }
        lines.append("publisher    \(fingerprint ?? "not signed")")
        let reach = isPublic == true ? "" : ", told to no DHT and no catalogue"
        let state = isSeeding == true ? "the agent gives it to others" : "not given to others yet: 'shoal start'"
        lines.append("state        \(state)\(reach)\(isUnchanged == true ? ", as before" : "")")
        lines.append("magnet       \(magnet ?? "")")
        return lines.map(TextWidth.printable)
    }
}
