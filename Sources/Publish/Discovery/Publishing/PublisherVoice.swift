package import PublishWire

/// What a publisher signs with now, and what it has to say about its keys.
package struct PublisherVoice: Sendable {
    package var operating: SigningKey
    package var delegation: Delegation
    package var label: PublisherLabel?
    /// How the identity came to be, oldest first.
    package var rotations: [Rotation]
    /// Signed by the identities themselves, present and former: each with the number before it, or nothing. They are
    /// asked for only when the delegation or the chain has changed.
    package var statements: @Sendable (_ previous: [PublisherKey: Int64]) throws(PublishError) -> [SignedItem]

    package var identity: PublisherKey { delegation.identity }
}

/// Who publishes on this machine.
package protocol PublisherSigner: Sendable {
    /// The keys, with a delegation that is in force.
    /// - Parameter isNeeded: whether keys are made where there are none.
    /// - Returns: nil where there are none.
    func voice(isNeeded: Bool) async throws(PublishError) -> PublisherVoice?
    /// The last words of identities that were given up.
    func withdrawals() async throws(PublishError) -> [SignedItem]
}

extension PublisherSigner {
    package func withdrawals() async throws(PublishError) -> [SignedItem] { [] }
}

/// The keys of the publish folder.
package struct FolderSigner: PublisherSigner {
    private let folder: PublishFolder
    private let label: String?

    /// - Parameter label: what the publisher calls itself, from the settings.
    package init(_ folder: PublishFolder, label: String? = nil) {
        self.folder = folder
        self.label = label
    }

    package func voice(isNeeded: Bool) async throws(PublishError) -> PublisherVoice? {
        let known = try PublisherKeys.load(folder)
        // After a revocation only the user's next 'share' makes another identity.
        let isFirst = try Withdrawals.read(folder).items.isEmpty
        guard known != nil || (isNeeded && isFirst) else { return nil }
        let keys = try await PublisherKeys.open(folder, label: label)
        let shown = label.flatMap { PublisherLabel($0) } ?? keys.label
        let (folder, delegation, rotations) = (folder, keys.delegation, keys.rotations)
        return PublisherVoice(
            operating: keys.operating, delegation: delegation, label: shown, rotations: rotations
        ) { previous throws(PublishError) in
            try Self.statements(folder, delegation, shown, rotations, previous)
        }
    }

    package func withdrawals() async throws(PublishError) -> [SignedItem] { try Withdrawals.read(folder).items }

    /// The present identity names its operating key; former ones withdraw themselves and name who took their place.
    private static func statements(
        _ folder: PublishFolder, _ delegation: Delegation, _ label: PublisherLabel?, _ rotations: [Rotation],
        _ previous: [PublisherKey: Int64]
    ) throws(PublishError) -> [SignedItem] {
        var items: [SignedItem] = []
        if let key = try identityKey(folder.identityKeyFile), key.publicKey == delegation.identity {
            let word = IdentityItem(
                delegation: delegation, time: delegation.notBefore, label: label, rotation: rotations.last)
            items.append(try word.signed(by: key, after: previous[key.publicKey]))
        }
        for (epoch, rotation) in rotations.enumerated() {
            guard let key = try identityKey("\(folder.keys)/identity.\(epoch).key"), key.publicKey == rotation.old
            else { continue }
            let word = IdentityItem(revoking: rotation.old, time: rotation.time, rotation: rotation)
            items.append(try word.signed(by: key, after: nil))
        }
        return items
    }

    private static func identityKey(_ path: String) throws(PublishError) -> SigningKey? {
        try PlacedFile.read(path, limit: KeyFile.largest).map { bytes throws(PublishError) in try KeyFile(bytes).key }
    }
}
