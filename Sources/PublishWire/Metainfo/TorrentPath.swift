/// The path of a file below a torrent's or manifest's folder, known to stay inside it and to be storable everywhere.
///
/// Foreign paths become files only by way of this type.
public struct TorrentPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// At least one.
    public let components: [String]

    /// Bytes of one component; libtorrent cuts longer ones.
    public static let longestComponent = 240
    /// Bytes of the whole path; macOS takes no more.
    public static let longestPath = 1_000
    /// Components.
    public static let deepest = 32

    public init(_ components: [String]) throws(PublishError) {
        guard !components.isEmpty else { throw PublishError(.unsafePath, "a file has an empty path") }
        guard components.count <= Self.deepest else {
            throw PublishError(
                .tooLarge,
                "a path has \(components.count) levels, \(Self.deepest) are allowed: "
                    + components.prefix(4).joined(separator: "/").quoted)
        }
        for component in components { try Self.check(component) }
        let bytes = components.reduce(components.count - 1) { $0 + $1.utf8.count }
        guard bytes <= Self.longestPath else {
            throw PublishError(
                .tooLarge, "a path has \(bytes) bytes, \(Self.longestPath) are allowed: \(components[0].quoted)")
        }
        self.components = components
    }

    /// Reads components between slashes.
    public init(_ text: some StringProtocol) throws(PublishError) {
        guard !text.hasPrefix("/") else {
            throw PublishError(.unsafePath, "a path is absolute: \(String(text).quoted)")
        }
        // One more than allowed tells that there are too many.
        try self.init(
            Substring(text).split(separator: "/", maxSplits: Self.deepest, omittingEmptySubsequences: false).map(
                String.init))
    }

    /// Takes components that must be UTF-8.
    package init(bytes components: [[UInt8]]) throws(PublishError) {
        var texts: [String] = []
        for component in components {
            guard let text = String(validating: component, as: UTF8.self) else {
                throw PublishError(
                    .unsafePath, "a path is not UTF-8: \(String(decoding: component, as: UTF8.self).quoted)")
            }
            texts.append(text)
        }
        try self.init(texts)
    }

    /// Makes sure that a name can be a file or folder, and no other than itself.
    public static func check(_ component: String) throws(PublishError) {
        if let reason = fault(of: component) {
            throw PublishError(
                .unsafePath, "a path has a part that \(reason): \(component.quoted)",
                hint: "do not use it; its publisher has to rename that file")
        }
    }

    /// Joiners and the like. Some versions of libtorrent leave them out, so one torrent would become two trees.
    private static let weightless: Set<UInt32> = [0x200B, 0x200C, 0x200D, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064]

    private static func fault(of component: String) -> String? {
        let bytes = component.utf8
        if bytes.isEmpty { return "is empty" }
        if component == "." || component == ".." { return "leads to another folder" }
        if bytes.count > longestComponent { return "is longer than \(longestComponent) bytes" }
        if bytes.contains(0x2F) || bytes.contains(0x5C) { return "holds a slash or backslash" }
        let isASCII = bytes.allSatisfy { $0 < 0x80 }
        let isPlain = isASCII ? bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F } : isVisible(component)
        if !isPlain { return "holds a control character, or one without width" }
        if bytes.last == 0x2E || bytes.last == 0x20 { return "ends in a dot or space, which Windows drops" }
        if bytes.count == 2, bytes.last == 0x3A { return "is a drive of Windows" }
        if DeviceName.matches(component) { return "is a device of Windows" }
        // Git runs what such a folder's settings name.
        if bytes.count == 4 || !isASCII, TreeNames.folded(component) == ".git" {
            return "is a git repository's own folder"
        }
        return nil
    }

    private static func isVisible(_ component: String) -> Bool {
        !component.unicodeScalars.contains { $0.isUnprintable || weightless.contains($0.value) }
    }

    /// The path inside a folder.
    package func below(_ folder: String) throws(PublishError) -> TorrentPath {
        try TorrentPath([folder] + components)
    }

    public var name: String { components[components.count - 1] }
    public var description: String { components.joined(separator: "/") }

    /// The order of a v2 torrent: component by component, by their bytes.
    public static func < (left: TorrentPath, right: TorrentPath) -> Bool {
        for (first, second) in zip(left.components, right.components) where !first.utf8.elementsEqual(second.utf8) {
            return first.utf8.lexicographicallyPrecedes(second.utf8)
        }
        return left.components.count < right.components.count
    }

    public static func == (left: TorrentPath, right: TorrentPath) -> Bool {
        left.components.count == right.components.count
            && zip(left.components, right.components).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    public func hash(into hasher: inout Hasher) {
        for component in components { hasher.combine(Array(component.utf8)) }
    }
}

/// Names that Windows takes for devices, whatever ending they have.
private enum DeviceName {
    private static let names: Set<String> = ["con", "prn", "aux", "nul", "conin$", "conout$"]
    private static let firstBytes = Array("acnlpACNLP".utf8)
    private static let numbers: Set<Character> = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³"]

    static func matches(_ component: String) -> Bool {
        // Most names begin otherwise, and are many.
        guard let first = component.utf8.first, Self.firstBytes.contains(first) else { return false }
        let base = component.prefix { $0 != "." && $0 != ":" }.lowercased()
        let trimmed = base.reversed().drop { $0 == " " }.reversed()
        let name = String(trimmed)
        if names.contains(name) { return true }
        guard name.hasPrefix("com") || name.hasPrefix("lpt"), name.count == 4, let number = name.last else {
            return false
        }
        return numbers.contains(number)
    }
}
