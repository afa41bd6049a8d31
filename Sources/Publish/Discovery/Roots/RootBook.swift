package import PublishWire
internal import SwarmWire

/// What this machine has seen of publishers, on disk: the newest root of each, followed or not.
///
/// It is never led back to an older root, and keeps the last good one for when no network is there. Several processes
/// may share the file: what each has seen is joined.
package actor RootBook {
    /// A publisher's root, as it may be used.
    package struct Known: Sendable, Hashable {
        package let root: RootItem
        package let item: SignedItem
        /// Whether it may be acted on now; one that has expired is shown as such.
        package let isCurrent: Bool
    }

    private let file: String
    private let clock: @Sendable () -> Int64
    private var seen: SeenRoots
    private var pinned: Set<PublisherKey> = []
    /// Publishers whose index was there and right; strangers who only talk do not push them out.
    private var proven: Set<PublisherKey> = []
    private var quota: StrangerQuota
    private var isDirty = false
    /// Items that were read: to read one takes three signature checks.
    private var readRoots: [SignedItem: RootItem] = [:]
    /// Publishers that are protected from being pushed out, besides the pinned.
    private static let mostProven = 1_000

    /// Opens the book; a file that cannot be read counts as none.
    /// - Parameters:
    ///   - folder: the catalogue's.
    ///   - limit: items kept.
    ///   - clock: seconds since 1970.
    package init(folder: CatalogueFolder, limit: Int = 4_096, clock: @escaping @Sendable () -> Int64 = { Clock.now }) {
        file = folder.rootsFile
        self.clock = clock
        quota = StrangerQuota()
        seen = Self.stored(file, limit: limit) ?? SeenRoots(limit: limit)
    }

    private static func stored(_ file: String, limit: Int) -> SeenRoots? {
        PlacedFile.read(file, limit: SeenRoots.largest).flatMap { try? SeenRoots($0, limit: limit) }
    }

    package func setPinned(_ keys: Set<PublisherKey>) { pinned = keys }

    package func noteProven(_ key: PublisherKey) {
        if proven.count < Self.mostProven { proven.insert(key) }
    }

    /// Takes a root or identity item from anywhere.
    /// - Parameter source: the address of a stranger who sent it unasked; nil for what was asked for.
    /// - Throws: ``PublishError`` for one that is wrong, old, expired or of too many strangers.
    @discardableResult
    package func take(_ item: SignedItem, from source: String? = nil) throws(PublishError) -> SeenRoots.Outcome {
        let now = clock()
        let isRoot = item.salt == RootItem.salt
        if let source {
            let identity = try isRoot ? RootItem(item).identity : item.verify()
            let isStranger = seen.root(of: identity) == nil && seen.identityItem(of: identity) == nil
            guard !isStranger || pinned.contains(identity) || quota.admits(source, at: now) else {
                throw PublishError(.tooLarge, "\(source) tells of too many publishers at once")
            }
        }
        let kept = pinned.union(proven)
        let outcome =
            isRoot
            ? try seen.consider(root: item, at: now, pinned: kept)
            : try seen.consider(identity: item, at: now, pinned: kept)
        if outcome == .newer { isDirty = true }
        return outcome
    }

    /// The newest root of an identity.
    package func root(of identity: PublisherKey) -> Known? { seen.root(of: identity).flatMap(known) }

    /// The newest word of an identity itself.
    package func identityItem(of identity: PublisherKey) -> SignedItem? { seen.identityItem(of: identity) }

    /// The key under which the root of an identity is kept now, as far as is known.
    package func operatingKey(of identity: PublisherKey) -> PublisherKey? {
        if let item = seen.identityItem(of: identity), let word = try? IdentityItem(item) {
            return word.delegation?.operating
        }
        return root(of: identity)?.root.delegation.operating
    }

    /// All roots, those told of last first.
    package func roots() -> [Known] { seen.items.filter { $0.salt == RootItem.salt }.compactMap(known) }

    private func read(_ item: SignedItem) -> RootItem? {
        if let root = readRoots[item] { return root }
        guard let root = try? RootItem(item) else { return nil }
        if readRoots.count >= 2 * seen.limit { readRoots = [:] }
        readRoots[item] = root
        return root
    }

    private func known(_ item: SignedItem) -> Known? {
        guard let root = read(item) else { return nil }
        let isCurrent = (try? root.checkCurrent(sequence: item.sequence, at: clock())) != nil
        return Known(root: root, item: item, isCurrent: isCurrent && !root.isRevoked)
    }

    /// Items that may be told to others now, of publishers that are pinned or proven first, then of the others.
    package func items(lacking known: [PublisherKey: Int64], most: Int) -> [SignedItem] {
        let now = clock()
        var first: [SignedItem] = []
        var others: [SignedItem] = []
        for item in seen.items {
            guard let identity = identity(of: item, at: now) else { continue }
            if item.salt == RootItem.salt, let sequence = known[identity], sequence >= item.sequence { continue }
            // A root proves itself; the identity's own item is worth telling when it withdraws or turns over a key.
            if item.salt == IdentityItem.salt, known[identity] != nil { continue }
            if pinned.contains(identity) || proven.contains(identity) {
                first.append(item)
            } else {
                others.append(item)
            }
        }
        return Array((first.shuffled() + others.shuffled()).prefix(most))
    }

    /// Newest numbers of roots, for asking.
    package func numbers() -> [PublisherKey: Int64] {
        var numbers: [PublisherKey: Int64] = [:]
        for item in seen.items where item.salt == RootItem.salt {
            if let root = read(item) { numbers[root.identity] = item.sequence }
        }
        return numbers
    }

    /// Whose item it is; nil for one that may not be acted on now.
    private func identity(of item: SignedItem, at now: Int64) -> PublisherKey? {
        if item.salt == RootItem.salt {
            guard let root = read(item), (try? root.checkCurrent(sequence: item.sequence, at: now)) != nil else {
                return nil
            }
            return root.identity
        }
        guard let word = try? IdentityItem(item), (try? word.checkCurrent(sequence: item.sequence, at: now)) != nil
        else {
            return nil
        }
        return word.identity
    }

    /// Writes what is new; what other processes have written meanwhile is joined.
    package func save() async throws(PublishError) {
        guard isDirty else { return }
        let lock = try await PlaceLock.acquire(file + ".lock", patience: .seconds(10))
        defer { withExtendedLifetime(lock) {} }
        if let other = Self.stored(file, limit: seen.limit) {
            let now = clock()
            for item in other.items {
                if item.salt == RootItem.salt {
                    _ = try? seen.consider(root: item, at: now, pinned: pinned)
                } else {
                    _ = try? seen.consider(identity: item, at: now, pinned: pinned)
                }
            }
        }
        isDirty = false
        try PlacedFile.write(seen.bytes, to: file)
    }
}
