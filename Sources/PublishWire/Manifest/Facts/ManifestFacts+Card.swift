extension ManifestFacts {
    /// Takes what the notes at the beginning of a README tell: licence, tags, task and library.
    ///
    /// Of YAML only plain values and lists of them are read, which is what these keys have.
    public mutating func take(card readme: [UInt8]) {
        let text = String(decoding: readme.prefix(256 << 10), as: UTF8.self)
        let notes = CardNotes(text)
        let stated = notes.values["license"]?.first
        // `other` only says where to look.
        let named = stated?.lowercased() == "other" ? notes.values["license_name"]?.first : nil
        license = license ?? named ?? stated
        for tag in (notes.values["tags"] ?? []) + (notes.values["pipeline_tag"] ?? [])
            + (notes.values["library_name"] ?? [])
        where tags.count < ModelManifest.mostTags && !tags.contains(tag) { tags.append(tag) }
    }
}

/// The keys of the first level between the two lines of dashes, with their values.
private struct CardNotes {
    private(set) var values: [String: [String]] = [:]

    private static let wanted: Set<String> = ["license", "license_name", "tags", "pipeline_tag", "library_name"]

    init(_ text: String) {
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        if lines.first?.hasPrefix("\u{FEFF}") == true { lines[0] = lines[0].dropFirst() }
        guard lines.popFirst()?.trimmed == "---" else { return }
        var key: String?
        for line in lines {
            if line.trimmed == "---" { return }
            let content = line.trimmed
            if content.isEmpty || content.hasPrefix("#") { continue }
            if content.hasPrefix("- ") {
                if let key { add(content.dropFirst(2).trimmed, to: key) }
            } else if line.first != " ", line.first != "\t", let colon = line.firstIndex(of: ":") {
                let name = String(line[..<colon])
                key = Self.wanted.contains(name) ? name : nil
                if let key { takeInline(line[line.index(after: colon)...].trimmed, of: key) }
            }
        }
        // No closing line: it was no head.
        values = [:]
    }

    private mutating func takeInline(_ value: Substring, of key: String) {
        guard value.hasPrefix("["), value.hasSuffix("]") else { return add(value, to: key) }
        for part in value.dropFirst().dropLast().split(separator: ",") { add(part.trimmed, to: key) }
    }

    private mutating func add(_ raw: Substring, to key: String) {
        var value = raw
        if let quote = value.first, quote == "\"" || quote == "'", value.count > 1 {
            value = value.dropFirst()
            value = value[..<(value.firstIndex(of: quote) ?? value.endIndex)]
        } else if let comment = value.firstRange(of: " #") {
            value = value[..<comment.lowerBound].trimmed
        }
        guard (1...ModelManifest.longestText).contains(value.utf8.count), value != "null", value != "~",
            !value.unicodeScalars.contains(where: \.isUnprintable)
        else { return }
        values[key, default: []].append(String(value))
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
