public import HubWire

/// A repository, and optionally a revision of it, as users write it.
public struct RepoReference: Hashable, Sendable, CustomStringConvertible {
    public var type: RepoType
    public var id: RepoID
    /// Branch, tag, `refs/…` or commit; nil means `main`.
    public var revision: String?

    public init(type: RepoType, id: RepoID, revision: String? = nil) {
        self.type = type
        self.id = id
        self.revision = revision
    }

    /// Parses `ns/name`, `datasets/ns/name` and `hf://datasets/ns/name@rev`.
    /// - Throws: ``HubError`` with code `bad_reference`; a path behind the repository is one (see ``RepoLocation``).
    public init(parsing text: String) throws(HubError) {
        let location = try RepoLocation(parsing: text)
        guard location.path == nil else {
            throw HubError(
                .badReference, "'\(text)' names a path inside a repository; only the repository is expected here.",
                hint: "Give the path as an argument of its own.")
        }
        self = location.repo
    }

    /// The revision that is asked for when none is named.
    public static let defaultRevision = "main"

    /// The named revision, or `main`.
    public var effectiveRevision: String { revision ?? RepoReference.defaultRevision }

    /// `ns/name`, with `datasets/` or `spaces/` in front, and `@revision` when one is named.
    public var description: String { type.urlPrefix + id.description + (revision.map { "@\($0)" } ?? "") }

    /// Whether a revision is a full commit id, 40 lower-case hex digits: it never changes its meaning.
    public static func isCommit(_ revision: String) -> Bool { Hex.isLowercase(revision, count: 40) }

    /// Checks a revision before it becomes part of a URL and of a path below `refs/`.
    static func validate(revision: String) throws(HubError) {
        let parts = revision.split(separator: "/", omittingEmptySubsequences: false)
        let isSafe = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        let hasControls = revision.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F || $0 == "\\" }
        guard isSafe, !hasControls, revision.utf8.count <= 1024 else {
            throw HubError(
                .badReference, "'\(revision)' is not a usable revision.", hint: "Name a branch, tag or commit.")
        }
    }
}

/// Text in base 16.
enum Hex {
    /// Whether `text` is exactly `count` digits of `0-9a-f`.
    static func isLowercase(_ text: some StringProtocol, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "f"))
            }
    }

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }
}
