extension CatalogueQuery {
    /// Whether an entry fits all words and terms.
    public func matches(_ entry: CatalogueEntry, publisher: PublisherKey, label: PublisherLabel? = nil) -> Bool {
        if let id, id.kind != entry.id.kind || id.text.lowercased() != entry.id.text.lowercased() { return false }
        return conditions.allSatisfy { condition in
            // Of what is not known nothing can be said, not even that it is otherwise.
            guard !entry.isBare || condition.isAboutNames else { return false }
            return Self.fits(condition.term, entry, publisher, label) != condition.isNegated
        }
    }

    private static func fits(
        _ term: Term, _ entry: CatalogueEntry, _ publisher: PublisherKey, _ label: PublisherLabel?
    ) -> Bool {
        switch term {
        case .word(let word): fits(word: word, entry)
        case .author(let name): fits(author: name, entry, publisher, label)
        case .tag(let tag): entry.tags.contains { $0.lowercased() == tag }
        case .format(let format): entry.formats.contains { $0.lowercased() == format }
        case .quantization(let name): entry.quantizations.contains { $0.lowercased().hasPrefix(name) }
        case .license(let name): entry.license?.lowercased() == name
        case .architecture(let name): entry.architecture?.lowercased().contains(name) ?? false
        case .kind(let kind): entry.id.kind == kind
        case .size(let range): range.contains(entry.size)
        case .parameters(let range): entry.parameters.map(range.contains) ?? false
        }
    }

    private static func fits(word: String, _ entry: CatalogueEntry) -> Bool {
        let id = entry.id.text.lowercased()
        if word.contains("*") { return Pattern.matches(word, id) }
        if id.contains(word) { return true }
        let others = [entry.license, entry.architecture].compactMap { $0 } + entry.tags + entry.formats
        return (others + entry.quantizations).contains { $0.lowercased().contains(word) }
    }

    /// A namespace, a key (whole, short form, or at least eight characters of it), or a part of the label.
    private static func fits(
        author name: String, _ entry: CatalogueEntry, _ publisher: PublisherKey, _ label: PublisherLabel?
    ) -> Bool {
        if entry.id.namespace.lowercased() == name { return true }
        let key = name.filter { $0 != "-" }
        if key.utf8.count >= 8, publisher.fingerprint.hasPrefix(key) { return true }
        return label?.text.lowercased() == name
    }

    /// How near an id is to the words searched for: 0 is that very name.
    func nearness(to id: CatalogueID) -> Int {
        let words = conditions.compactMap { condition -> String? in
            if case .word(let word) = condition.term, !condition.isNegated { word } else { nil }
        }
        guard !words.isEmpty else { return 0 }
        let text = id.text.lowercased()
        let name = id.name.lowercased()
        if words.contains(where: { $0 == text }) { return 0 }
        if words.contains(name) { return 1 }
        if words.contains(where: { name.hasPrefix($0) || text.hasPrefix($0) }) { return 2 }
        return words.allSatisfy { text.contains($0) } ? 3 : 4
    }
}

/// Patterns with `*` for any number of characters.
enum Pattern {
    /// In time of at most length × length.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var (at, next) = (0, 0)
        var star: Int?
        var resume = 0
        while next < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = at
                resume = next
                at += 1
            } else if at < pattern.count, pattern[at] == text[next] {
                at += 1
                next += 1
            } else if let star {
                at = star + 1
                resume += 1
                next = resume
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
