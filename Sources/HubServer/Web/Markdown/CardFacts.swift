/// What the front matter of a README says, as far as a page shows it: a few well-known keys of its top level.
struct CardFacts: Sendable, Equatable {
    var license: String?
    var tags: [String] = []
    /// The document without its front matter.
    var body: String

    private static let shown = ["language", "library_name", "pipeline_tag", "base_model", "datasets", "tags"]
    private static let maximumTags = 40

    init(readme: String) {
        var lines = readme.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasSuffix("\r") ? line.dropLast() : line
        }[...]
        body = readme
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else { return }
        let block = lines[1..<end]
        lines = lines[(end + 1)...]
        body = lines.joined(separator: "\n")
        var key = ""
        var values: [String: [String]] = [:]
        for line in block.prefix(2000) {
            if line.hasPrefix("- ") || line.hasPrefix("  - ") {
                if let item = Self.scalar(line.drop { $0 == " " }.dropFirst(2)) {
                    values[key, default: []].append(item)
                }
            } else if let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "#" {
                key = String(line[..<colon])
                values[key] = Self.inline(line[line.index(after: colon)...])
            }
        }
        license = values["license"]?.first
        var seen: Set<String> = []
        tags = Array(
            Self.shown.flatMap { values[$0] ?? [] }.filter { seen.insert($0).inserted }.prefix(Self.maximumTags))
    }

    private static func inline(_ text: Substring) -> [String] {
        let text = text.drop { $0 == " " }
        guard text.hasPrefix("[") else { return scalar(text).map { [$0] } ?? [] }
        return text.dropFirst().prefix { $0 != "]" }.split(separator: ",").compactMap { scalar($0.drop { $0 == " " }) }
    }

    private static func scalar(_ text: Substring) -> String? {
        var text = text
        while text.last == " " { text.removeLast() }
        for quote in ["\"", "'"] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
            text = text.dropFirst().dropLast()
        }
        // Longer values, nested objects and multi-line texts are no tags.
        guard !text.isEmpty, text.utf8.count <= 96, !"|>{&*".contains(text.first ?? " "), !text.contains(": ") else {
            return nil
        }
        return String(text)
    }
}
