/// A name that is easily taken for another publisher's.
public struct LookAlike: Sendable, Hashable {
    public enum Likeness: String, Sendable, Hashable, CaseIterable {
        /// The names differ only in what eyes pass over.
        case confusable
        /// The namespaces differ by one letter.
        case nearby
    }

    /// What it may be taken for: a namespace or an id.
    public let known: String
    /// To whom that belongs.
    public let owner: PublisherKey
    public let likeness: Likeness
}

/// Finds names that are easily taken for those that the user knows.
public struct LookAlikes: Sendable {
    private struct Known {
        var name: String
        var owner: PublisherKey
        var skeleton: [UInt8]
    }

    /// Namespaces shorter than this are too much alike by chance to compare letters.
    private static let shortest = 4

    private var namespaces: [[UInt8]: [Known]] = [:]
    private var shortened: [[UInt8]: [Known]] = [:]
    private var ids: [[UInt8]: [Known]] = [:]

    /// - Parameter ids: what trusted publishers have published.
    public init(book: TrustBook, ids: [CatalogueID: PublisherKey] = [:]) {
        for pin in book.pins {
            let known = Known(name: pin.namespace, owner: pin.key, skeleton: Skeleton.of(pin.namespace))
            namespaces[known.skeleton, default: []].append(known)
            guard known.skeleton.count >= Self.shortest else { continue }
            for variant in Skeleton.shortened(known.skeleton).union([known.skeleton]) {
                shortened[variant, default: []].append(known)
            }
        }
        for (id, owner) in ids.sorted(by: { $0.key < $1.key }) {
            let known = Known(name: id.text, owner: owner, skeleton: Skeleton.of(id.text))
            self.ids[known.skeleton, default: []].append(known)
        }
    }

    /// What something may be taken for, if it is another publisher's. Names that are the same, but for case, are no
    /// look-alikes: of those ``TrustBook/consider(_:by:)`` tells.
    public func warning(for id: CatalogueID, by publisher: PublisherKey) -> LookAlike? {
        let whole = Skeleton.of(id.text)
        let isSame = { (known: Known, name: String) in known.name.lowercased() == name.lowercased() }
        if let known = ids[whole]?.first(where: { $0.owner != publisher && !isSame($0, id.text) }) {
            return LookAlike(known: known.name, owner: known.owner, likeness: .confusable)
        }
        return warning(forNamespace: id.namespace, by: publisher)
    }

    /// The same for a namespace alone.
    public func warning(forNamespace namespace: String, by publisher: PublisherKey) -> LookAlike? {
        let skeleton = Skeleton.of(namespace)
        let isOther = { (known: Known) in known.owner != publisher && known.name != namespace.lowercased() }
        if let known = namespaces[skeleton]?.first(where: isOther) {
            return LookAlike(known: known.name, owner: known.owner, likeness: .confusable)
        }
        guard (Self.shortest...CatalogueID.longest).contains(skeleton.count) else { return nil }
        // The nearest by name, so that the answer does not depend on the order of a set.
        let near = Skeleton.shortened(skeleton).union([skeleton]).flatMap { shortened[$0] ?? [] }
            .filter { isOther($0) && Skeleton.isNear($0.skeleton, skeleton) }
        return near.min { $0.name < $1.name }.map {
            LookAlike(known: $0.name, owner: $0.owner, likeness: .nearby)
        }
    }

    /// Whether a name that somebody typed or sent has letters that pretend to be others. Published ids cannot: they are
    /// ASCII.
    public static func pretends(_ text: String) -> Bool { Homoglyphs.pretends(text) }
}
