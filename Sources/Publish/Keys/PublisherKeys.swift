package import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Who publishes on this machine: an identity, and the key that works for it.
package struct PublisherKeys: Sendable {
    /// What followers know.
    package let identity: PublisherKey
    package let operating: SigningKey
    /// The identity's word for ``operating``; in force when the value was made.
    package let delegation: Delegation
    /// What the publisher calls itself.
    package var label: PublisherLabel?
    /// How the identity came to be, oldest first; empty when its file is elsewhere.
    package let rotations: [Rotation]
    /// Whether the identity's private key is on this machine.
    package let hasIdentityKey: Bool

    /// The keys that are there.
    /// - Returns: nil when there are none yet.
    /// - Throws: ``PublishError`` when they cannot be used, or others can read them.
    package static func load(
        _ folder: PublishFolder, now: Int64 = Clock.now
    ) throws(PublishError) -> PublisherKeys? {
        let identity = try keyFile(folder.identityKeyFile, .identity)
        guard let operating = try keyFile(folder.operatingKeyFile, .operating) else { return nil }
        guard let delegation = operating.delegation, identity.map({ delegation.identity == $0.key.publicKey }) ?? true,
            // One that was revoked counts for nothing, also where its file came back.
            try !Withdrawals.read(folder).identities.contains(delegation.identity)
        else { return nil }
        return PublisherKeys(identity, operating, delegation)
    }

    /// The keys of this machine, made when there are none, and the delegation signed anew when it comes to its end.
    package static func open(
        _ folder: PublishFolder, label: String? = nil, now: Int64 = Clock.now
    ) async throws(PublishError) -> PublisherKeys {
        try PlacedFile.createFolder(folder.keys, mode: 0o700)
        let lock = try await PlaceLock.acquire(folder.keysLock)
        defer { withExtendedLifetime(lock) {} }
        var identity = try keyFile(folder.identityKeyFile, .identity)
        var operating = try keyFile(folder.operatingKeyFile, .operating)
        let revoked = try Withdrawals.read(folder).identities
        if let known = identity, revoked.contains(known.key.publicKey) { identity = nil }
        if let known = operating?.delegation, revoked.contains(known.identity) { operating = nil }
        if identity == nil, let operating, let delegation = operating.delegation {
            // The identity is kept elsewhere, which is good until the delegation has to be signed anew.
            try delegation.checkCurrent(at: now)
            return PublisherKeys(nil, operating, delegation)
        }
        if identity == nil {
            let made = KeyFile(
                role: .identity, key: SigningKey(), created: now, label: label.flatMap { PublisherLabel($0) })
            try write(made, to: folder.identityKeyFile)
            identity = made
        }
        guard let identity else {
            throw PublishError(.badKey, "there is no identity key", hint: "restore \(folder.identityKeyFile)")
        }
        if let operating, let delegation = operating.delegation, delegation.identity == identity.key.publicKey,
            !delegation.needsRenewal(at: now), (try? delegation.checkCurrent(at: now)) != nil
        {
            return PublisherKeys(identity, operating, delegation)
        }
        let key = operating?.key ?? SigningKey()
        let delegation = try Delegation(from: identity.key, to: key.publicKey, notBefore: now)
        let made = KeyFile(role: .operating, key: key, created: operating?.created ?? now, delegation: delegation)
        try write(made, to: folder.operatingKeyFile)
        operating = made
        return PublisherKeys(identity, made, delegation)
    }

    /// Puts a new identity and a new operating key in the place of the old ones, with a statement signed by both.
    /// The old identity's file stays beside the new, named after its epoch.
    /// - Returns: the new keys, and the statement that followers need.
    package static func rotate(
        _ folder: PublishFolder, now: Int64 = Clock.now
    ) async throws(PublishError) -> (keys: PublisherKeys, rotation: Rotation) {
        _ = try await open(folder, now: now)
        let lock = try await PlaceLock.acquire(folder.keysLock)
        defer { withExtendedLifetime(lock) {} }
        guard let old = try keyFile(folder.identityKeyFile, .identity) else {
            throw PublishError(
                .badKey, "the identity key is not on this machine, and only it can name a new one",
                hint: "put it at \(folder.identityKeyFile) for this command")
        }
        guard old.rotations.count < Rotation.longestChain else {
            throw PublishError(
                .wrongStatement, "the identity has changed \(Rotation.longestChain) times, which is as often as it can",
                hint: "followers have to pin a new one by hand")
        }
        let key = SigningKey()
        let rotation = try Rotation(from: old.key, to: key, epoch: old.epoch + 1, time: now)
        let identity = KeyFile(
            role: .identity, key: key, created: now, label: old.label, rotations: old.rotations + [rotation])
        let worker = SigningKey()
        let delegation = try Delegation(from: key, to: worker.publicKey, notBefore: now)
        let operating = KeyFile(role: .operating, key: worker, created: now, delegation: delegation)
        try write(old, to: "\(folder.keys)/identity.\(old.epoch).key")
        try write(identity, to: folder.identityKeyFile)
        try write(operating, to: folder.operatingKeyFile)
        return (PublisherKeys(identity, operating, delegation), rotation)
    }

    /// Identities of this user that others have taken the place of, or that were revoked: what they signed does not count
    /// any more.
    package static func former(_ folder: PublishFolder) throws(PublishError) -> Set<PublisherKey> {
        let rotations = try keyFile(folder.identityKeyFile, .identity)?.rotations ?? []
        return Set(rotations.map(\.old)).union(try Withdrawals.read(folder).identities)
    }

    private init(_ identity: KeyFile?, _ operating: KeyFile, _ delegation: Delegation) {
        self.identity = delegation.identity
        self.operating = operating.key
        self.delegation = delegation
        label = identity?.label
        rotations = identity?.rotations ?? []
        hasIdentityKey = identity != nil
    }

    static func write(_ file: KeyFile, to path: String) throws(PublishError) {
        try PlacedFile.write(try file.encoded(), to: path, mode: 0o600)
    }

    static func keyFile(_ path: String, _ role: KeyFile.Role) throws(PublishError) -> KeyFile? {
        guard let facts = FileFacts(path) else { return nil }
        guard facts.isFile, facts.permissions & 0o077 == 0 else {
            throw PublishError(
                .badKey, "the private key \(path) can be read by others", hint: "make it yours alone: chmod 600 \(path)"
            )
        }
        guard let bytes = PlacedFile.read(path, limit: KeyFile.largest) else {
            throw PublishError(.localFile, "cannot read the key \(path)", hint: "check who owns it")
        }
        let file = try KeyFile(bytes)
        guard file.role == role else {
            throw PublishError(.badKey, "\(path) is the key of another role", hint: "restore it from your copy")
        }
        return file
    }
}

/// The time of this machine.
package enum Clock {
    /// Seconds since 1970.
    package static var now: Int64 { Int64(time(nil)) }
}
