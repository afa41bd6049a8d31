/// What something published is called: `org/name`, and whether it is a model or a dataset.
///
/// Ids are made of ASCII letters, digits, `-`, `_` and `.`, as on the Hub, and are safe as a path.
public struct CatalogueID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case model, dataset
    }

    public let kind: Kind
    /// What stands before the slash: what a publisher is pinned for.
    public let namespace: String
    public let name: String

    /// Characters that an id may have.
    public static let longest = 96

    /// Reads `org/name`.
    public init?(_ text: String, kind: Kind = .model) {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.longest, parts.count == 2, parts.allSatisfy(Self.isPart) else { return nil }
        self.kind = kind
        namespace = String(parts[0])
        name = String(parts[1])
    }

    /// Whether text may be the part of an id before the slash.
    public static func isNamespace(_ text: String) -> Bool { text.utf8.count < longest && isPart(text[...]) }

    private static func isPart(_ part: Substring) -> Bool {
        let ends: [Character?] = [part.first, part.last]
        return !part.isEmpty && !ends.contains("-") && !ends.contains(".")
            && !part.utf8.indices.dropLast().contains { index in
                let pair = (part.utf8[index], part.utf8[part.utf8.index(after: index)])
                return pair.0 == pair.1 && (pair.0 == UInt8(ascii: ".") || pair.0 == UInt8(ascii: "-"))
            }
            && part.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
                default: false
                }
            }
    }

    /// `org/name`.
    public var text: String { "\(namespace)/\(name)" }

    /// `org/name`; a dataset's begins with `datasets/`.
    public var description: String { kind == .dataset ? "datasets/\(text)" : text }

    /// Reads a ``description``.
    public init?(described text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 3, parts[0] == "datasets" {
            self.init("\(parts[1])/\(parts[2])", kind: .dataset)
        } else {
            self.init(text)
        }
    }

    /// By namespace, then name, so that a model and a dataset of one name stand together.
    public static func < (left: CatalogueID, right: CatalogueID) -> Bool {
        if left.namespace != right.namespace { return left.namespace < right.namespace }
        if left.name != right.name { return left.name < right.name }
        return left.kind == .model && right.kind == .dataset
    }
}
