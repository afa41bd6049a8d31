/// What a user searches for: words, and terms such as `tag:chat` or `size:<8G`. All of them must fit.
public struct CatalogueQuery: Sendable, Hashable {
    enum Term: Sendable, Hashable {
        /// Anywhere in the name, tags, formats, quantization, architecture or license; with `*` as a pattern of the id.
        case word(String)
        case author(String)
        case tag(String)
        case format(String)
        case quantization(String)
        case license(String)
        case architecture(String)
        case kind(CatalogueID.Kind)
        case size(ClosedRange<Int64>)
        case parameters(ClosedRange<Int64>)
    }

    struct Condition: Sendable, Hashable {
        var term: Term
        var isNegated: Bool

        /// Whether the id and the publisher answer it. A word that is not to be there may be a tag.
        var isAboutNames: Bool {
            switch term {
            case .author, .kind: true
            case .word: !isNegated
            default: false
            }
        }
    }

    private(set) var conditions: [Condition] = []
    private(set) var id: CatalogueID?

    /// Everything.
    public init() {}

    /// One model or dataset, exactly.
    public init(id: CatalogueID) {
        self.id = id
    }

    /// Characters that a query may have.
    public static let longest = 1_024
    /// Words and terms that a query may have.
    public static let mostTerms = 32

    /// Reads what a user has typed. A minus in front turns a word or term round; quotes keep blanks together.
    public init(_ text: String) throws(PublishError) {
        guard text.utf8.count <= Self.longest else {
            throw PublishError(.badQuery, "a search has at most 1,024 characters")
        }
        for token in Self.tokens(of: text) where token != "*" {
            guard conditions.count < Self.mostTerms else {
                throw PublishError(.badQuery, "a search has at most \(Self.mostTerms) words")
            }
            conditions.append(try Self.condition(token))
        }
    }

    private static func tokens(of text: String) -> [String] {
        var tokens: [String] = []
        var token = ""
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character.isWhitespace, !isQuoted {
                tokens.append(token)
                token = ""
            } else {
                token.append(character)
            }
        }
        return (tokens + [token]).filter { !$0.isEmpty }
    }

    private static func condition(_ token: String) throws(PublishError) -> Condition {
        let isNegated = token.hasPrefix("-") && token.count > 1
        let body = isNegated ? String(token.dropFirst()) : token
        let parts = body.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return Condition(term: .word(body.lowercased()), isNegated: isNegated) }
        let value = parts[1].lowercased()
        guard !value.isEmpty else { throw PublishError(.badQuery, "\(body.quoted) names nothing", hint: hint) }
        return Condition(term: try term(parts[0].lowercased(), value), isNegated: isNegated)
    }

    private static let hint =
        "terms are author: tag: format: quant: license: arch: kind: size: params:, as in size:<8G or params:1B..9B"

    private static func term(_ key: String, _ value: String) throws(PublishError) -> Term {
        switch key {
        case "author", "org", "publisher": return .author(value)
        case "tag", "tags": return .tag(value)
        case "format": return .format(value)
        case "quant", "quantization", "quantisation": return .quantization(value)
        case "license", "licence": return .license(value)
        case "arch", "architecture": return .architecture(value)
        case "size": return .size(try Amount.range(value, billions: false))
        case "params", "parameters": return .parameters(try Amount.range(value, billions: true))
        case "kind", "type":
            guard let kind = CatalogueID.Kind(rawValue: value.hasSuffix("s") ? String(value.dropLast()) : value) else {
                throw PublishError(.badQuery, "kind: is model or dataset")
            }
            return .kind(kind)
        default: throw PublishError(.badQuery, "\(key.quoted) is no term of a search", hint: hint)
        }
    }
}
