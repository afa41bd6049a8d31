/// All that one publisher has published: a file of JSON lines, signed over its exact bytes.
public struct CatalogueIndex: Sendable, Hashable {
    /// Names of the two files in the index torrent.
    public static let fileName = "index.jsonl"
    public static let signatureName = "index.jsonl.sig"
    /// Bytes that an index may have.
    public static let largest = 16 << 20
    /// Entries that an index may have.
    public static let largestCount = 100_000
    /// Bytes of one line; an entry within its limits never has so many.
    public static let longestLine = 64 << 10

    public var publisher: PublisherKey
    public var label: PublisherLabel?
    /// When it was signed, in seconds since 1970.
    public var created: Int64
    /// The rotations that lead to the publisher's key, oldest first.
    public var rotations: [Rotation]
    /// Sorted by id; of one id the newest first. No id has the same revision twice.
    public internal(set) var entries: [CatalogueEntry]

    /// - Throws: for entries that cannot be listed, or the same revision of a model twice.
    public init(
        publisher: PublisherKey, label: PublisherLabel? = nil, created: Int64, rotations: [Rotation] = [],
        entries: [CatalogueEntry]
    ) throws(PublishError) {
        self.publisher = publisher
        self.label = label
        self.created = created
        self.rotations = rotations
        self.entries = entries.sorted(by: CatalogueEntry.isBefore)
        try check()
    }

    func check() throws(PublishError) {
        guard entries.count <= Self.largestCount else {
            throw PublishError(.tooLarge, "an index lists \(entries.count) versions; 100,000 is the limit")
        }
        guard (0...Times.latest).contains(created) else {
            throw PublishError(.malformed, "an index has a time that is out of range")
        }
        guard rotations.isEmpty || rotations.last?.new == publisher, rotations.count <= Rotation.longestChain,
            Rotation.isChain(rotations)
        else { throw PublishError(.wrongStatement, "the rotations in an index do not lead to its publisher's key") }
        for entry in entries { try entry.check() }
        for (one, next) in zip(entries, entries.dropFirst()) {
            guard one.id != next.id || one.revision != next.revision else {
                throw PublishError(.malformed, "an index lists \(one.id) twice at the same revision")
            }
            guard CatalogueEntry.isBefore(one, next) else {
                throw PublishError(.malformed, "the entries of an index are not in order")
            }
        }
    }

    /// The newest version of each id.
    public var newest: [CatalogueEntry] { entries.indices.filter(isNewest).map { entries[$0] } }

    /// Whether no newer version of the same id stands before an entry.
    func isNewest(_ place: Int) -> Bool { place == 0 || entries[place].id != entries[place - 1].id }
}

extension CatalogueEntry {
    /// The order of an index.
    static func isBefore(_ left: CatalogueEntry, _ right: CatalogueEntry) -> Bool {
        if left.id != right.id { return left.id < right.id }
        if left.published != right.published { return left.published > right.published }
        return left.revision < right.revision
    }

    /// What foreign entries must fulfil, and our own.
    func check() throws(PublishError) {
        let lists = [(formats, 16), (quantizations, 32), (tags, 64)]
        guard Self.isText(revision, longest: 128), (0...Times.latest).contains(published), size >= 0,
            manifest.count == 32, parameters.map({ $0 >= 0 }) ?? true,
            license.map({ Self.isText($0, longest: 64) }) ?? true,
            architecture.map({ Self.isText($0, longest: 64) }) ?? true,
            hub.map({ Self.isText($0, longest: 255) && ($0.hasPrefix("https://") || $0.hasPrefix("http://")) }) ?? true,
            lists.allSatisfy({ list, most in list.count <= most && list.allSatisfy { Self.isText($0, longest: 64) } })
        else { throw PublishError(.malformed, "the entry of \(id) has a field that is out of range") }
        guard xet.count <= 16,
            xet.allSatisfy({ Self.isPath($0.path) && $0.hash.isLowerHex(count: 64) })
        else { throw PublishError(.malformed, "the entry of \(id) names a file by no path or no Xet hash") }
    }

    /// A hint is only compared with the paths of a torrent; still nothing that leads elsewhere is carried about.
    private static func isPath(_ text: String) -> Bool {
        text.utf8.count <= 1_024 && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            && text.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy { !["", ".", ".."].contains($0) }
    }

    private static func isText(_ text: String, longest: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= longest && text.unicodeScalars.allSatisfy(VisibleText.allows)
    }
}

extension String {
    func isLowerHex(count: Int) -> Bool {
        utf8.count == count && utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
