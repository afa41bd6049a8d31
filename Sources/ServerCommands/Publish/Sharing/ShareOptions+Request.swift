internal import Commands
internal import HubClient
internal import Publish
internal import PublishWire
internal import Torrents

extension ShareOptions {
    /// - Parameter usual: the name when none is given.
    func id(default usual: CatalogueID?) throws -> CatalogueID {
        let isDataset: Bool? = try kind.map { kind in
            guard let kind = CatalogueID.Kind(rawValue: kind) else {
                throw CommandFailure.usage("--kind takes model or dataset, not '\(kind)'")
            }
            return kind == .dataset
        }
        guard let name else {
            if let usual { return isDataset == nil ? usual : try Self.id(usual.text, isDataset: isDataset) }
            throw CommandFailure.usage(
                "a folder needs a name to be shared under", hint: "name it with --name org/name")
        }
        return try Self.id(name, isDataset: isDataset)
    }

    private static func id(_ text: String, isDataset: Bool?) throws -> CatalogueID {
        let name = try ModelName(parsing: text)
        guard name.version == nil else {
            throw CommandFailure.usage("--name takes no version", hint: "name the version with --version")
        }
        guard let isDataset else { return name.id }
        return CatalogueID(name.id.text, kind: isDataset ? .dataset : .model) ?? name.id
    }

    func request(id: CatalogueID, facts: ManifestFacts, settings: PublishSettings) throws -> ShareRequest {
        var request = ShareRequest(id: id, licence: try LicenceName.check(license ?? facts.license))
        if let version {
            try ModelVersion.check(version)
            request.version = version
        }
        request.description = description
        request.tags = tag
        request.trackers = try trackers.map { try Self.address($0, "--tracker", ["http", "https", "udp"]) }
        request.webSeeds = try webSeeds.map { try Self.address($0, "--web-seed", ["http", "https"]) }
        request.format = try torrentFormat()
        request.pieceLength = try pieceBytes() ?? settings.torrent.pieceLength
        request.signs = sign ?? settings.security.signsManifests
        request.isPublic = skipDHT != true
        return request
    }

    private func torrentFormat() throws -> TorrentPlan.Format {
        guard let format else { return .hybrid }
        guard let known = TorrentPlan.Format(rawValue: format) else {
            throw CommandFailure.usage("--format takes hybrid, v2 or v1, not '\(format)'")
        }
        return known
    }

    private func pieceBytes() throws -> Int? {
        guard let pieceLength else { return nil }
        guard let bytes = ByteAmount.parse(pieceLength), PieceLength.isUsable(bytes) else {
            throw CommandFailure.usage(
                "--piece-length takes a power of two from 16 KiB to 64 MiB, not '\(pieceLength)'",
                hint: "for example --piece-length 4M; left out, it is chosen by size")
        }
        return bytes
    }

    private static func address(_ text: String, _ flag: String, _ schemes: [String]) throws -> String {
        let isGood = schemes.contains { text.lowercased().hasPrefix($0 + "://") && text.utf8.count > $0.utf8.count + 3 }
        guard isGood, text.utf8.count <= Metainfo.longestURL, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure.usage(
                "\(flag) takes an address that begins with \(schemes.map { $0 + "://" }.joined(separator: ", ")), not '\(text)'"
            )
        }
        return text
    }
}
