#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Who could read a repository when its files came to this machine: `.shoal/visibility.json` in its folder of the
/// cache. A commit that it does not speak of is of unknown visibility, and is given to nobody.
///
/// It may be lost at any time: then less is given.
struct VisibilityRecord: Sendable, Equatable {
    /// What one hub told about one commit.
    struct Entry: Codable, Sendable, Equatable {
        /// Base URL of the hub.
        var endpoint: String
        var commit: String
        var visibility: String
        /// When it was told so, in Unix seconds.
        var told: Int64
    }

    private struct Document: Codable {
        var version: Int
        var commits: [Entry]
    }

    static let name = "visibility.json"
    private static let version = 1
    /// Commits that are remembered, latest last.
    private static let maximumEntries = 512

    private(set) var entries: [Entry] = []

    /// Reads what is known; nothing where there is no record, or a damaged one.
    init(folder: String) {
        guard let bytes = Disk.read(Self.path(in: folder), upTo: 1 << 20),
            let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)), document.version == Self.version
        else { return }
        entries = document.commits
    }

    /// The widest that any hub told about a commit: what can be had publicly somewhere is public.
    func visibility(of commit: String) -> ContentVisibility? {
        let told = entries.lazy.filter { $0.commit == commit }.compactMap { ContentVisibility(rawValue: $0.visibility) }
        return [ContentVisibility.public, .gated, .private].first { told.contains($0) }
    }

    /// The public commits, with the time at which a hub last said so.
    private var publicCommits: [String: Int64] {
        Dictionary(
            entries.lazy.filter { $0.visibility == ContentVisibility.public.rawValue }.map { ($0.commit, $0.told) },
            uniquingKeysWith: max)
    }

    /// The public commits that no hub has spoken of since some time.
    func commits(toldBefore time: Int64) -> [String] {
        publicCommits.lazy.filter { $0.value < time }.map(\.key).sorted()
    }

    /// When a hub last spoke of that public commit, of those told since some time, that is longest ago.
    func oldest(toldSince time: Int64) -> Int64? { publicCommits.values.lazy.filter { $0 >= time }.min() }

    /// When a hub was last asked about a commit, in Unix seconds.
    func lastTold(of commit: String, by endpoint: String) -> Int64? {
        entries.first { $0.commit == commit && $0.endpoint == endpoint }?.told
    }

    /// Notes in a repository's folder what a hub told. Best effort: what is not noted is not given.
    static func note(
        _ visibility: ContentVisibility, of commit: String, by endpoint: String, at now: Int64, in folder: String
    ) {
        var record = VisibilityRecord(folder: folder)
        let known = record.entries.first { $0.commit == commit && $0.endpoint == endpoint }
        // What is known from the last minutes is not written again by every pull.
        if let known, known.visibility == visibility.rawValue, now - known.told < 600 { return }
        record.entries.removeAll { $0.commit == commit && $0.endpoint == endpoint }
        record.entries.append(
            Entry(endpoint: endpoint, commit: commit, visibility: visibility.rawValue, told: now))
        record.entries = record.entries.suffix(maximumEntries)
        guard let bytes = try? JSONEncoder().encode(Document(version: version, commits: record.entries)),
            (try? Disk.createFolder(LocalPath.join(folder, ".shoal"))) != nil
        else { return }
        try? Disk.write(Array(bytes), to: path(in: folder))
    }

    private static func path(in folder: String) -> String { LocalPath.join(folder, ".shoal/\(name)") }
}
