internal import HubClient
internal import HubWire
internal import Terminal

/// What `shoal cache verify --json` prints.
struct CacheVerifyReport: Encodable {
    struct Mismatch: Encodable {
        var path: String
        var expected: String
        var actual: String
        var algorithm: String
        /// Damaged bytes in whole chunks, where that is known.
        var badBytes: UInt64?

        enum CodingKeys: String, CodingKey {
            case path, expected, actual, algorithm
            case badBytes = "bad_bytes"
        }
    }

    struct Repair: Encodable {
        var path: String
        var size: UInt64
        var fetchedBytes: UInt64
        var keptBytes: UInt64
        var otherLinks: UInt64

        enum CodingKeys: String, CodingKey {
            case path, size
            case fetchedBytes = "fetched_bytes"
            case keptBytes = "kept_bytes"
            case otherLinks = "other_links"
        }
    }

    var repoID: String
    var repoType: String
    var revision: String
    var path: String
    var checked: Int
    var mismatches: [Mismatch]
    var missing: [String]
    var extra: [String]
    var repaired: [Repair]
    var isOffline: Bool

    enum CodingKeys: String, CodingKey {
        case repoID = "repo_id"
        case repoType = "repo_type"
        case revision, path, checked, mismatches, missing, extra, repaired
        case isOffline = "offline"
    }

    init(_ result: VerifyResult, repo: RepoReference) {
        repoID = "\(repo.id)"
        repoType = repo.type.rawValue
        revision = result.commit
        path = result.path
        checked = result.checked
        mismatches = result.mismatches.map {
            Mismatch(
                path: $0.path, expected: $0.expected, actual: $0.actual, algorithm: $0.algorithm,
                badBytes: $0.badRanges?.reduce(0) { $0 + UInt64($1.count) })
        }
        missing = result.missing
        extra = result.extra
        repaired = result.repairs.map {
            Repair(
                path: $0.path, size: $0.size, fetchedBytes: $0.networkBytes, keptBytes: $0.keptBytes,
                otherLinks: $0.otherLinks)
        }
        isOffline = result.isOffline
    }

    /// Whether there was no file to look at, though the repository has some.
    var hasNothing: Bool { checked == 0 && repaired.isEmpty && !missing.isEmpty }

    /// The findings for people.
    func lines(listsMissing: Bool, listsExtra: Bool) -> [String] {
        var lines: [String] = []
        for mismatch in mismatches {
            lines.append(
                "damaged: \(mismatch.path): \(mismatch.algorithm) is \(mismatch.actual), not \(mismatch.expected)")
        }
        if listsMissing { lines += missing.map { "missing: \($0)" } }
        if listsExtra { lines += extra.map { "extra: \($0)" } }
        for repair in repaired {
            lines.append(
                "repaired: \(repair.path): \(ByteText.size(repair.fetchedBytes)) of "
                    + "\(ByteText.size(repair.size)) fetched")
        }
        let wrong = mismatches.count
        let verdict = wrong == 0 ? "all as they should be" : "\(wrong) damaged, \(repaired.count) repaired"
        let absent = listsMissing ? "; \(missing.count) missing" : ""
        lines.append(
            hasNothing
                ? "nothing of \(repoID) is here" : "\(Plural.count(checked, "file")) checked, \(verdict)\(absent)")
        return lines
    }

    /// What is remarkable but no failure.
    func warn(exceptMissing: Bool, exceptExtra: Bool) {
        let stream = TerminalStream.error
        if !missing.isEmpty, !exceptMissing {
            stream.writeLine(
                "warning: \(Plural.count(missing.count, "file")) of the repository not here; "
                    + "list with --fail-on-missing-files")
        }
        if !extra.isEmpty, !exceptExtra {
            stream.writeLine(
                "warning: \(Plural.count(extra.count, "file")) here not in the repository; "
                    + "list with --fail-on-extra-files")
        }
        for repair in repaired where repair.otherLinks > 0 {
            stream.writeLine(
                "warning: \(Plural.count(Int(clamping: repair.otherLinks), "hard link")) elsewhere still "
                    + "with the damaged bytes of \(TextWidth.printable(repair.path))")
        }
    }
}
