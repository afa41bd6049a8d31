package import PublishWire

/// What a version of a model is called: `main`, `v1.0`, a commit. It is also the name of a folder.
package enum ModelVersion {
    package static let usual = "main"
    /// Characters that a version may have.
    package static let longest = 96

    package static func check(_ text: String) throws(PublishError) {
        let isGood =
            (1...longest).contains(text.utf8.count) && text.utf8.first != 0x2E && text.utf8.first != 0x2D
            && text.utf8.last != 0x2E
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"): true
                default: false
                }
            }
        guard isGood else {
            throw PublishError(
                .badName, "'\(text.prefix(longest))' cannot be a version",
                hint: "use letters, digits, '-', '_', '.' and '+', such as v1.0")
        }
    }
}

/// A model as users name it: `org/name`, `org/name@version`, `datasets/org/name`.
package struct ModelName: Sendable, Hashable, CustomStringConvertible {
    package var id: CatalogueID
    package var version: String?

    package init(_ id: CatalogueID, version: String? = nil) {
        self.id = id
        self.version = version
    }

    /// - Throws: ``PublishError`` with code `bad_name`.
    package init(parsing text: String) throws(PublishError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let isDataset = parts[0].hasPrefix("datasets/")
        guard
            let id = CatalogueID(
                String(isDataset ? parts[0].dropFirst(9) : parts[0]), kind: isDataset ? .dataset : .model)
        else {
            throw PublishError(
                .badName, "'\(text.prefix(200))' is no name of a model",
                hint: "write ORG/NAME or ORG/NAME@VERSION, and datasets/ORG/NAME for a dataset")
        }
        self.id = id
        version = parts.count == 2 ? String(parts[1]) : nil
        if let version { try ModelVersion.check(version) }
    }

    package var description: String { id.description + (version.map { "@\($0)" } ?? "") }
}

extension CatalogueID {
    /// The two folders that stand for it below the registry and the models.
    package var folderPath: String { (kind == .dataset ? "datasets--" : "") + text }

    /// - Parameters:
    ///   - first: the name of the outer folder.
    ///   - second: that of the inner one.
    package init?(folder first: String, _ second: String) {
        let isDataset = first.hasPrefix("datasets--")
        self.init("\(isDataset ? String(first.dropFirst(10)) : first)/\(second)", kind: isDataset ? .dataset : .model)
    }
}
