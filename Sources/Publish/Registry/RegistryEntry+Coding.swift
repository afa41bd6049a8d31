package import PublishWire

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension RegistryEntry {
    /// Bytes that `entry.json` may have: places of 200,000 files.
    static let largest = 128 << 20
    private static let format = 1

    package func encoded() throws(PublishError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Document(self)) else {
            throw PublishError(.malformed, "the entry of \(name) cannot be written as JSON")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// Reads `entry.json`.
    /// - Throws: ``PublishError`` for one that is damaged.
    init(_ bytes: [UInt8]) throws(PublishError) {
        let damaged = PublishError(
            .malformed, "this is no entry of the registry", hint: "make it anew with 'shoal registry rebuild'")
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else { throw damaged }
        guard document.version_of_format <= Self.format else {
            throw PublishError(.unsupported, "an entry of the registry is of a later format", hint: "update Shoal")
        }
        guard let entry = document.entry else { throw damaged }
        self = entry
    }

    private struct Document: Codable {
        struct Limits: Codable {
            var upload: Int?
            var seed_ratio: Double?
            var seed_time: Int?
        }

        struct Source: Codable {
            var hub: String
            var repo: String
            var commit: String
        }

        var version_of_format: Int
        var id: String
        var kind: String
        var version: String
        var origin: String
        var folder: String
        /// Nil in entries of former versions.
        var whole_folder: Bool?
        var places: [String: String]
        var info_hash_v1: String?
        var info_hash_v2: String?
        var size: Int64
        var files: Int
        var added: Int64
        var hashed_at: Int64?
        var seeds: Bool
        var `public`: Bool
        var limits: Limits?
        var license: String?
        var model_type: String?
        var formats: [String]?
        var publisher: String?
        var source: Source?

        init(_ entry: RegistryEntry) {
            version_of_format = RegistryEntry.format
            id = entry.id.text
            kind = entry.id.kind.rawValue
            version = entry.version
            origin = entry.origin.rawValue
            folder = entry.folder
            whole_folder = entry.isWholeFolder
            places = entry.places
            info_hash_v1 = entry.hashes.v1.map(Hexadecimal.encode)
            info_hash_v2 = entry.hashes.v2.map(Hexadecimal.encode)
            size = entry.size
            files = entry.fileCount
            added = entry.added
            hashed_at = entry.hashedAt
            seeds = entry.seeds
            `public` = entry.isPublic
            if entry.limits != RegistryEntry.Limits() {
                limits = Limits(
                    upload: entry.limits.upload, seed_ratio: entry.limits.seedRatio, seed_time: entry.limits.seedTime)
            }
            license = entry.licence
            model_type = entry.modelType
            formats = entry.formats
            publisher = entry.publisher
            source = entry.source.map { Source(hub: $0.hub, repo: $0.repo, commit: $0.commit) }
        }

        var entry: RegistryEntry? {
            guard let kind = CatalogueID.Kind(rawValue: kind), let id = CatalogueID(id, kind: kind),
                (try? ModelVersion.check(version)) != nil, let origin = Origin(rawValue: origin),
                folder.hasPrefix("/"), places.values.allSatisfy({ $0.hasPrefix("/") }), size >= 0, files >= 0,
                places.keys.allSatisfy({ (try? TorrentPath($0)) != nil })
            else { return nil }
            let first = info_hash_v1.map { Hexadecimal.decode($0) ?? [] }
            let second = info_hash_v2.map { Hexadecimal.decode($0) ?? [] }
            guard let hashes = InfoHashes(v1: first, v2: second) else { return nil }
            var entry = RegistryEntry(
                id: id, version: version, origin: origin, folder: folder, hashes: hashes, size: size,
                fileCount: files, added: added)
            // Nobody knows whether one file beside its manifest was shared alone; to add none to it is the safe way.
            entry.isWholeFolder = whole_folder ?? (files > 3)
            entry.places = places
            entry.hashedAt = hashed_at
            entry.seeds = seeds
            entry.isPublic = `public`
            entry.limits = RegistryEntry.Limits(
                upload: limits?.upload, seedRatio: limits?.seed_ratio, seedTime: limits?.seed_time)
            entry.licence = license
            entry.modelType = model_type
            entry.formats = formats ?? []
            entry.publisher = publisher
            entry.source = source.map { RegistryEntry.Source(hub: $0.hub, repo: $0.repo, commit: $0.commit) }
            return entry
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
package enum Hexadecimal {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// - Returns: nil for anything but pairs of digits, of either case.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { byte -> UInt8 in
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x61...0x66: byte - 0x57
            case 0x41...0x46: byte - 0x37
            default: 0xFF
            }
        }
        guard digits.count.isMultiple(of: 2), !digits.contains(0xFF) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
