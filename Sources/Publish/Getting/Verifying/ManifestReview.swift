internal import Crypto
package import PublishWire

/// What is thought of the manifest that lies in a torrent.
package struct ManifestReview: Sendable {
    package var manifest: ModelManifest
    package var id: CatalogueID
    package var json: [UInt8]
    package var signature: [UInt8]?
    package var publisher: PublisherKey?
    /// What the user's book says of the publisher; nil for a manifest that nobody has signed.
    package var verdict: TrustBook.Verdict?
    /// Whether who publishes on this machine has signed it.
    package var isOwn: Bool

    /// Checks a manifest against the torrent it came in, what was asked for, and the book.
    /// - Parameter own: who publishes on this machine.
    /// - Throws: ``PublishError`` for everything that must not be taken.
    package init(
        json: [UInt8], signature: [UInt8]?, in metainfo: Metainfo, order: GetOrder, book: TrustBook,
        own: PublisherKey? = nil
    ) throws(PublishError) {
        if let expected = order.manifestHash, Array(SHA256.hash(data: json)) != expected {
            throw PublishError(
                .wrongContent, "the manifest in the torrent is another than the one that was announced",
                hint: "do not use it; look for the model again with 'shoal discover'")
        }
        if let signature {
            let signed = try ModelManifest.signed(json: json, signature: signature)
            manifest = signed.manifest
            publisher = signed.signature.identity
        } else {
            manifest = try ModelManifest(json: json)
            publisher = nil
        }
        if let wanted = order.publisher, publisher?.isNamed(by: wanted) != true {
            let signer = publisher.map { "by \($0.shortForm)" } ?? "by nobody"
            throw PublishError(
                .otherModel, "\(manifest.name) is signed \(signer), not by the publisher that was asked for",
                hint: "'shoal discover \(manifest.name)' shows who offers it")
        }
        if let wanted = order.version, wanted != manifest.version {
            throw PublishError(
                .otherModel, "this is version \(manifest.version) of \(manifest.name), not \(wanted)",
                hint: "leave --version out if it is meant")
        }
        try manifest.check(against: metainfo)
        guard let id = CatalogueID("\(manifest.name)", kind: manifest.kind == .dataset ? .dataset : .model) else {
            throw PublishError(.badName, "the manifest's name \(manifest.name) cannot be used")
        }
        if let wanted = order.name {
            guard wanted.id == id else {
                throw PublishError(
                    .otherModel, "\(wanted.id) was asked for, and the torrent is of \(id)",
                    hint: "ask for \(id) if that is meant")
            }
        }
        self.id = id
        self.json = json
        self.signature = signature
        verdict = try Self.verdict(id, publisher, book)
        isOwn = publisher != nil && publisher == own
    }

    private static func verdict(
        _ id: CatalogueID, _ publisher: PublisherKey?, _ book: TrustBook
    ) throws(PublishError) -> TrustBook.Verdict? {
        guard let publisher else {
            // Leaving the signature out must not be a way around a pin.
            if let pin = book.pin(of: id.namespace) {
                throw PublishError(
                    .pinConflict, "\(id) is not signed, and \(pin.namespace)/* belongs to \(pin.key.shortForm)",
                    hint: "get it from its publisher; 'shoal discover \(id)' shows who offers it")
            }
            return nil
        }
        let verdict = book.consider(id, by: publisher)
        switch verdict {
        case .trusted, .new, .unknown: return verdict
        case .conflict(let pinned):
            throw PublishError(
                .pinConflict,
                "\(id.namespace)/* belongs to \(pinned.shortForm); this is signed by \(publisher.shortForm)",
                hint: "ask the publisher which key is right; to change it: shoal trust rm \(id.namespace), then "
                    + "shoal trust add \(id.namespace) \(publisher.fingerprint)")
        case .revoked:
            throw PublishError(
                .revoked, "\(id) is signed with the key \(publisher.shortForm), which was withdrawn",
                hint: "ask the publisher for a copy that is signed anew")
        }
    }

    /// What a file of the torrent must hash to.
    package func expectations(in metainfo: Metainfo) -> [Int: FileExpectation] {
        var byPath: [TorrentPath: ModelManifest.File] = [:]
        for file in manifest.files { byPath[file.path] = file }
        var expectations: [Int: FileExpectation] = [:]
        for place in metainfo.payload {
            guard let file = byPath[metainfo.files[place].path] else { continue }
            expectations[place] = FileExpectation(
                sha256: file.sha256, xet: file.xetHash, root: metainfo.files[place].piecesRoot)
        }
        return expectations
    }
}
