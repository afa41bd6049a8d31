internal import HubClient
internal import Terminal

/// What `shoal dedup` shows.
struct DedupReport: Encodable {
    struct Duplicate: Encodable {
        var path: String
        var original: String
        var size: UInt64
        /// `reflinked`, `linked`, `already_shared`, `possible`, `unsupported`, `other_rights` or `busy`.
        var action: String
    }

    var isDryRun: Bool
    /// Files that were looked at.
    var files: Int
    var duplicates: [Duplicate]
    /// Bytes that are free now.
    var freed: UInt64
    /// Bytes that could be freed but were not.
    var possible: UInt64

    enum CodingKeys: String, CodingKey {
        case isDryRun = "dry_run"
        case files, duplicates, freed, possible
    }

    init(_ outcome: FileDeduplicator.Outcome, isDryRun: Bool) {
        self.isDryRun = isDryRun
        files = outcome.files
        duplicates = outcome.duplicates.map {
            Duplicate(path: $0.path, original: $0.original, size: $0.size, action: $0.action.rawValue)
        }
        freed = outcome.bytes(.reflinked) + outcome.bytes(.linked)
        possible = outcome.bytes(.possible) + outcome.bytes(.unsupported)
    }

    func lines() -> [String] {
        var table = TextTable([.init("SIZE", .right), .init("ACTION"), .init("FILE"), .init("EQUAL TO")])
        for file in duplicates {
            let words = String(file.action.map { $0 == "_" ? " " : $0 })
            table.append(ByteText.size(file.size), words, file.path, file.original)
        }
        let summary =
            "\(Plural.count(files, "file")), \(Plural.count(duplicates.count, "duplicate")); "
            + "\(ByteText.size(freed)) freed" + (possible > 0 ? ", \(ByteText.size(possible)) more possible" : "")
        return duplicates.isEmpty ? [summary] : table.lines() + ["", summary]
    }
}
