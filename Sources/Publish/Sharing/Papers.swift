internal import PublishWire

/// The manifest as it lies in the torrent, and its signature.
struct Papers {
    let manifest: [UInt8]
    let signature: [UInt8]?

    init(manifest: [UInt8], signature: [UInt8]?) {
        self.manifest = manifest
        self.signature = signature
    }

    /// Writes and signs a manifest. When there is an older one that says the same and is signed by the same publisher, it
    /// is taken as it is, so that the torrent stays the same although time has passed and keys were renewed.
    /// - Parameter created: when the content was made, unless the older manifest says.
    init(
        _ manifest: inout ModelManifest, created: Int64, _ keys: PublisherKeys?, _ old: RegistryEntry?,
        _ registry: Registry
    ) throws(PublishError) {
        if let old, let bytes = registry.bytes(.manifest, of: old), let known = try? ModelManifest(json: bytes) {
            manifest.createdAt = known.createdAt
            if manifest.encoded() == bytes {
                guard let keys else {
                    self.init(manifest: bytes, signature: nil)
                    return
                }
                if let text = registry.bytes(.signature, of: old), let signed = try? ManifestSignature(json: text),
                    signed.identity == keys.identity, (try? signed.check(bytes)) != nil
                {
                    self.init(manifest: bytes, signature: text)
                    return
                }
            }
        }
        manifest.createdAt = min(max(created, 0), Times.latest)
        try self.init(signing: manifest, by: keys)
    }

    /// Writes a manifest as it is, and signs it.
    init(signing manifest: ModelManifest, by keys: PublisherKeys?) throws(PublishError) {
        let bytes = manifest.encoded()
        guard bytes.count <= ModelManifest.largest else {
            throw PublishError(
                .tooLarge, "the manifest would have \(bytes.count) bytes", hint: "pack small files together")
        }
        // What nobody could read back is not published.
        _ = try ModelManifest(json: bytes)
        let signature = try keys.map { keys throws(PublishError) in
            try ManifestSignature(of: bytes, by: keys.operating, delegation: keys.delegation).encoded()
        }
        self.init(manifest: bytes, signature: signature)
    }
}
