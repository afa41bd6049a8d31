package import PublishWire

extension PublisherKey {
    /// Characters of a fingerprint that are enough to name one.
    package static let leastName = 8

    /// What counts of a text that names a key: its short form has dashes.
    package static func name(_ text: String) -> String { text.lowercased().filter { $0 != "-" } }

    /// Whether a text names this key: a fingerprint, its short form, or the beginning of it.
    package func isNamed(by text: String) -> Bool {
        let name = Self.name(text)
        return name.utf8.count >= Self.leastName && fingerprint.hasPrefix(name)
    }
}
