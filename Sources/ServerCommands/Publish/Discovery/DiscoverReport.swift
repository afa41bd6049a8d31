internal import Commands
internal import Publish
internal import PublishWire
internal import Terminal

/// What `shoal discover` has found.
struct DiscoverReport: Encodable {
    private let discovery: Discovery
    private let pattern: String
    /// What the hub says of a listing, by its place.
    var checks: [Int: HubCheck.Outcome] = [:]

    /// Listings that are compared with the hub, and how many at once.
    private static let mostChecks = 30
    private static let checksAtOnce = 4

    init(_ discovery: Discovery, pattern: String) {
        self.discovery = discovery
        self.pattern = pattern
    }

    var names: [String] {
        discovery.listings.map { $0.entry.isBare ? "\($0.entry.id)" : "\($0.entry.id)@\($0.entry.revision)" }
    }

    /// Asks the hub about the first of what was found.
    static func checks(_ discovery: Discovery, _ hub: HubCheck) async -> [Int: HubCheck.Outcome] {
        await withTaskGroup(of: (Int, HubCheck.Outcome).self) { group in
            var checks: [Int: HubCheck.Outcome] = [:]
            for (place, listing) in discovery.listings.prefix(mostChecks).enumerated() {
                if place >= checksAtOnce, let (done, outcome) = await group.next() { checks[done] = outcome }
                group.addTask { (place, await hub.check(listing.entry)) }
            }
            for await (done, outcome) in group { checks[done] = outcome }
            return checks
        }
    }

    // For people.

    func lines(on stream: TerminalStream) -> [String] {
        guard !discovery.listings.isEmpty else { return [] }
        var table = TextTable([
            .init("NAME"), .init("VERSION"), .init("SIZE", .right), .init("FORMAT"), .init("LICENSE"),
            .init("PUBLISHER"),
            .init("TRUST"),
        ])
        if !checks.isEmpty { table.columns.append(.init("HUB")) }
        for (place, listing) in discovery.listings.enumerated() { table.rows.append(cells(listing, place)) }
        let lines = table.lines()
        let styled = zip(lines.dropFirst(), discovery.listings).map { line, listing in
            style(of: listing)?(line, on: stream) ?? line
        }
        return [lines[0]] + styled + remarks(on: stream)
    }

    private func cells(_ listing: Catalogue.Listing, _ place: Int) -> [String] {
        let entry = listing.entry
        let standing = discovery.standings[listing.publisher] ?? []
        var trust = standing.contains(.own) ? "own" : listing.verdict.word
        if listing.lookAlike != nil { trust += " look-alike" }
        if standing.contains(.stale) { trust += " stale" }
        if entry.isBare { trust += " root-only" }
        if discovery.isHeld(entry) { trust += " here" }
        let quantization = entry.quantizations.first.map { " \($0)" } ?? ""
        let label = listing.label.map { " \($0.text)" } ?? ""
        return [
            entry.id.description, entry.isBare ? "?" : String(entry.revision.prefix(12)),
            entry.isBare ? "?" : ByteText.size(entry.size),
            (entry.formats.first ?? "-") + quantization, entry.license ?? "-", listing.publisher.shortForm + label,
            trust,
            checks[place].map(Self.words) ?? (checks.isEmpty ? "" : "-"),
        ]
    }

    private static func words(_ outcome: HubCheck.Outcome) -> String {
        switch outcome {
        case .verified: "verified against hub"
        case .differs: "differs"
        case .notOnHub: "not on the hub"
        case .unknown: "unknown"
        }
    }

    private func style(of listing: Catalogue.Listing) -> TextStyle? {
        if discovery.standings[listing.publisher]?.contains(.own) == true { return nil }
        if listing.lookAlike != nil { return .red }
        return switch listing.verdict {
        case .trusted: .green
        case .new: nil
        case .unknown: .yellow
        case .conflict, .revoked: .red
        }
    }

    /// What has to be said of single listings.
    private func remarks(on stream: TerminalStream) -> [String] {
        var remarks: [String] = []
        for (place, listing) in discovery.listings.enumerated() {
            var told = listing.warnings(discovery.standings[listing.publisher] ?? [])
            if case .differs(let differences) = checks[place] {
                told.append("differs from the hub: " + differences.prefix(3).joined(separator: ", "))
            }
            let name = "\(listing.entry.id) of \(listing.publisher.shortForm)"
            remarks += told.map { TextStyle.red("\(name): \(TextWidth.printable($0))", on: stream) }
        }
        return remarks.isEmpty ? [] : [""] + remarks.prefix(20)
    }

    // For programs.

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        let models = discovery.listings.enumerated().map { place, listing in
            Model(listing, in: discovery, check: checks[place])
        }
        try container.encode(models, forKey: "models")
        try container.encode(models.count, forKey: "count")
        try container.encode(pattern, forKey: "pattern")
        try container.encode(discovery.publishers, forKey: "publishers")
        try container.encodeIfPresent(discovery.nodes, forKey: "dht_nodes")
        try container.encode(discovery.notes, forKey: "notes")
    }

    private struct Key: CodingKey, ExpressibleByStringLiteral {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringLiteral value: String) { stringValue = value }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Model: Encodable {
        let listing: Catalogue.Listing
        let standing: Discovery.Standing
        let isHeld: Bool
        let check: HubCheck.Outcome?

        init(_ listing: Catalogue.Listing, in discovery: Discovery, check: HubCheck.Outcome?) {
            self.listing = listing
            self.check = check
            standing = discovery.standings[listing.publisher] ?? []
            isHeld = discovery.isHeld(listing.entry)
        }

        func encode(to encoder: any Encoder) throws {
            let entry = listing.entry
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(entry.id.text, forKey: "name")
            try container.encode(entry.id.kind.rawValue, forKey: "type")
            if !entry.isBare { try container.encode(entry.revision, forKey: "version") }
            try container.encode(entry.link.description, forKey: "magnet")
            try container.encode(Hexadecimal.encode(entry.hashes.v1 ?? entry.hashes.short), forKey: "info_hash")
            try container.encodeIfPresent(entry.hashes.v1.map(Hexadecimal.encode), forKey: "info_hash_v1")
            try container.encodeIfPresent(entry.hashes.v2.map(Hexadecimal.encode), forKey: "info_hash_v2")
            if !entry.isBare {
                try container.encode(Hexadecimal.encode(entry.manifest), forKey: "manifest_sha256")
                try container.encode(entry.size, forKey: "size")
            }
            try container.encode(entry.isBare, forKey: "root_only")
            try container.encode(entry.published, forKey: "time")
            try container.encodeIfPresent(entry.license, forKey: "license")
            try container.encode(entry.formats, forKey: "formats")
            try container.encode(entry.quantizations, forKey: "quantizations")
            try container.encode(entry.tags, forKey: "tags")
            try container.encodeIfPresent(entry.architecture, forKey: "architecture")
            try container.encodeIfPresent(entry.parameters, forKey: "parameters")
            try container.encodeIfPresent(entry.hub, forKey: "hub")
            try container.encode(listing.publisher.fingerprint, forKey: "publisher")
            try container.encodeIfPresent(listing.label?.text, forKey: "label")
            try container.encode(standing.contains(.own) ? "own" : listing.verdict.word, forKey: "trust")
            try container.encodeIfPresent(listing.lookAlike?.known, forKey: "look_alike")
            try container.encode(listing.warnings(standing), forKey: "warnings")
            try container.encode(isHeld, forKey: "here")
            try container.encodeIfPresent(check?.word, forKey: "hub_check")
            if case .differs(let differences) = check { try container.encode(differences, forKey: "hub_differences") }
        }
    }
}
