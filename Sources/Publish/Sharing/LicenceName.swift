package import PublishWire

/// What a licence is called: an SPDX identifier or expression, or a name that hubs use, in lower case as there.
package enum LicenceName {
    private static let longest = 128
    /// What people write who have none.
    private static let empty: Set<String> = ["none", "null", "n/a", "na", "todo", "tbd", "nil", "-"]

    package static let examples = "apache-2.0, mit, cc-by-4.0, llama3.1, openrail, or other"

    /// - Throws: ``PublishError`` with code `no_licence`.
    package static func check(_ text: String?) throws(PublishError) -> String {
        let name = (text ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
        guard !name.isEmpty, !empty.contains(name) else {
            throw PublishError(
                .noLicence, "what is shared needs a licence: nobody may pass it on without",
                hint: "name it with --license, such as \(examples)")
        }
        let isGood =
            name.utf8.count <= longest
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A: true
                default: "-+._() ".utf8.contains(byte)
                }
            } && name.utf8.contains { (0x61...0x7A).contains($0) }
            && name.utf8.first.map { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x28 } == true
        guard isGood else {
            throw PublishError(
                .noLicence, "'\(name.prefix(80))' is no name of a licence",
                hint: "use an SPDX identifier or the name that hubs use, such as \(examples)")
        }
        return name
    }
}
