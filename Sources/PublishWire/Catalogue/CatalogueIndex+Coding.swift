#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The file: a first line about the publisher, then one line for each entry (docs/catalogue.md).
extension CatalogueIndex {
    private static let format = "amd1-index"

    /// The bytes to sign and to share.
    public func encoded() throws(PublishError) -> [UInt8] {
        try check()
        let header = IndexHeader(
            format: Self.format, version: 1, publisher: publisher.fingerprint, label: label?.text, created: created,
            rotations: rotations.isEmpty ? nil : rotations.map(\.text), entries: entries.count)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes = try Self.line(header, encoder)
        for entry in entries {
            bytes.append(contentsOf: try Self.line(IndexLine(entry), encoder))
            guard bytes.count <= Self.largest else {
                throw PublishError(.tooLarge, "the index would have more than 16 MiB")
            }
        }
        return bytes
    }

    private static func line(_ value: some Encodable, _ encoder: JSONEncoder) throws(PublishError) -> [UInt8] {
        guard let data = try? encoder.encode(value), data.count < longestLine else {
            throw PublishError(.tooLarge, "a line of the index would have more than 64 KiB")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// Verifies the signature over exactly these bytes, then reads them.
    /// - Parameter expected: whose index it should be, where that is known.
    public init(
        _ bytes: [UInt8], signature: DetachedSignature, expected: PublisherKey? = nil
    ) throws(PublishError) {
        guard bytes.count <= Self.largest else { throw Self.tooLarge(bytes.count) }
        let signer = try signature.verify(bytes, domain: .index)
        guard expected == nil || expected == signer else {
            throw PublishError(.wrongStatement, "the index is signed by \(signer.shortForm), not by whom was asked for")
        }
        try self.init(unverified: bytes)
        guard publisher == signer else {
            throw PublishError(
                .wrongStatement, "the index names \(publisher.shortForm), but \(signer.shortForm) has signed it")
        }
    }

    /// Reads an index without looking at who signed it.
    init(unverified bytes: [UInt8]) throws(PublishError) {
        guard bytes.count <= Self.largest else { throw Self.tooLarge(bytes.count) }
        guard bytes.last == UInt8(ascii: "\n") else { throw PublishError(.malformed, "an index ends inside a line") }
        let decoder = JSONDecoder()
        var rest = bytes[...]
        let first: IndexHeader = try Self.next(&rest, decoder, "the first line of an index")
        guard first.format == Self.format else { throw PublishError(.malformed, "this is no index") }
        guard first.version == 1 else {
            throw PublishError(.unsupported, "an index of version \(first.version) is not known", hint: "update Shoal")
        }
        guard (0...Self.largestCount).contains(first.entries) else {
            throw PublishError(.tooLarge, "an index claims \(first.entries) entries; 100,000 is the limit")
        }
        guard let publisher = PublisherKey(fingerprint: first.publisher) else {
            throw PublishError(.badKey, "an index names a publisher that is no key")
        }
        guard (first.rotations ?? []).count <= Rotation.longestChain else {
            throw PublishError(.tooLarge, "an index tells of too many rotations")
        }
        self.publisher = publisher
        label = first.label.flatMap { PublisherLabel($0) }
        created = first.created
        rotations = try (first.rotations ?? []).map { text throws(PublishError) in try Rotation(text: text) }
        var entries: [CatalogueEntry] = []
        for number in 0..<first.entries {
            let line: IndexLine = try Self.next(&rest, decoder, "entry \(number + 1) of an index")
            entries.append(try line.entry())
        }
        guard rest.isEmpty else { throw PublishError(.malformed, "an index has more lines than it says") }
        self.entries = entries
        try check()
    }

    private static func tooLarge(_ count: Int) -> PublishError {
        PublishError(.tooLarge, "an index has \(count) bytes; 16 MiB is the limit")
    }

    private static func next<Line: Decodable>(
        _ rest: inout ArraySlice<UInt8>, _ decoder: JSONDecoder, _ what: String
    ) throws(PublishError) -> Line {
        let line = rest.prefix(longestLine).prefix { $0 != UInt8(ascii: "\n") }
        guard line.count < rest.count, rest[line.endIndex] == UInt8(ascii: "\n") else {
            throw PublishError(.malformed, "\(what) is missing or too long")
        }
        rest = rest[(line.endIndex + 1)...]
        guard let value = try? decoder.decode(Line.self, from: Data(line)) else {
            throw PublishError(.malformed, "\(what) is not as it must be")
        }
        return value
    }
}

private struct IndexHeader: Codable {
    var format: String
    var version: Int
    var publisher: String
    var label: String?
    var created: Int64
    var rotations: [String]?
    var entries: Int
}

/// An entry as a line. Hashes are hexadecimal.
private struct IndexLine: Codable {
    struct Xet: Codable {
        var path: String
        var hash: String
    }

    var id: String
    var kind: String?
    var revision: String
    var published: Int64
    var formats: [String]?
    var quantization: [String]?
    var size: Int64
    var license: String?
    var tags: [String]?
    var architecture: String?
    var parameters: Int64?
    var infohash_v1: String?
    var infohash_v2: String?
    var manifest: String
    var xet: [Xet]?
    var hub: String?

    init(_ entry: CatalogueEntry) {
        id = entry.id.text
        kind = entry.id.kind == .model ? nil : entry.id.kind.rawValue
        revision = entry.revision
        published = entry.published
        formats = entry.formats.isEmpty ? nil : entry.formats
        quantization = entry.quantizations.isEmpty ? nil : entry.quantizations
        size = entry.size
        license = entry.license
        tags = entry.tags.isEmpty ? nil : entry.tags
        architecture = entry.architecture
        parameters = entry.parameters
        infohash_v1 = entry.hashes.v1.map(Hex.encode)
        infohash_v2 = entry.hashes.v2.map(Hex.encode)
        manifest = Hex.encode(entry.manifest)
        xet = entry.xet.isEmpty ? nil : entry.xet.map { Xet(path: $0.path, hash: $0.hash) }
        hub = entry.hub
    }

    func entry() throws(PublishError) -> CatalogueEntry {
        guard let kind = CatalogueID.Kind(rawValue: kind ?? "model"), let id = CatalogueID(id, kind: kind) else {
            throw PublishError(.malformed, "an index lists something that is no org/name")
        }
        let v1 = infohash_v1.map { Hex.decode($0, count: 20) }
        let v2 = infohash_v2.map { Hex.decode($0, count: 32) }
        guard let manifest = Hex.decode(manifest, count: 32), v1 != .some(nil), v2 != .some(nil),
            let hashes = InfoHashes(v1: v1 ?? nil, v2: v2 ?? nil)
        else { throw PublishError(.malformed, "the entry of \(id) has a hash that is none") }
        return CatalogueEntry(
            id: id, revision: revision, published: published, size: size, hashes: hashes, manifest: manifest,
            formats: formats ?? [], quantizations: quantization ?? [], license: license, tags: tags ?? [],
            architecture: architecture, parameters: parameters,
            xet: (xet ?? []).map { CatalogueEntry.XetHint(path: $0.path, hash: $0.hash) }, hub: hub)
    }
}
