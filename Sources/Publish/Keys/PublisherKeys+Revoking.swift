package import PublishWire

/// Giving up an identity for good.
extension PublisherKeys {
    /// Withdraws the identity and the key that works for it, each by its own word, which nothing can follow. The identity's
    /// file stays under another name; the next model that is shared makes new keys.
    /// - Returns: the identity that counts no more.
    package static func revoke(
        _ folder: PublishFolder, now: Int64 = Clock.now
    ) async throws(PublishError) -> PublisherKey {
        guard try load(folder, now: now) != nil else {
            throw PublishError(.badKey, "there is no key to revoke", hint: "'shoal trust list' shows your key")
        }
        let lock = try await PlaceLock.acquire(folder.keysLock)
        defer { withExtendedLifetime(lock) {} }
        guard let identity = try keyFile(folder.identityKeyFile, .identity) else {
            throw PublishError(
                .badKey, "the identity key is not on this machine, and only it can withdraw itself",
                hint: "put it at \(folder.identityKeyFile) for this command")
        }
        let key = identity.key.publicKey
        var items = [try IdentityItem(revoking: key, time: now).signed(by: identity.key, after: nil)]
        if let worker = try keyFile(folder.operatingKeyFile, .operating), let delegation = worker.delegation,
            delegation.identity == key
        {
            items.append(try RootItem(revoking: delegation, time: now).signed(by: worker.key, after: nil))
        }
        // The identities before it have to go on saying that they are none any more.
        for (epoch, rotation) in identity.rotations.enumerated() {
            guard let former = try keyFile("\(folder.keys)/identity.\(epoch).key", .identity),
                former.key.publicKey == rotation.old
            else { continue }
            let word = IdentityItem(revoking: rotation.old, time: rotation.time, rotation: rotation)
            items.append(try word.signed(by: former.key, after: nil))
        }
        try Withdrawals.add(items, in: folder)
        try write(identity, to: "\(folder.keys)/revoked.\(key.fingerprint).key")
        try PlacedFile.remove(folder.operatingKeyFile)
        try PlacedFile.remove(folder.identityKeyFile)
        return key
    }
}
