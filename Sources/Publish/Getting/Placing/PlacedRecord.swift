internal import PublishWire

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Files of a torrent that were whole when they got their names, where no hash can tell it afterwards: a v1 torrent
/// without manifest has hashes of pieces alone, which go across the ends of files.
struct PlacedRecord: Codable, Sendable {
    private struct Seal: Codable, Hashable {
        var inode: UInt64
        var size: Int64
        /// Nanoseconds since 1970.
        var modified: Int64

        init(_ facts: FileFacts) {
            (inode, size, modified) = (facts.inode, facts.size, facts.modified)
        }
    }

    /// By path.
    private var seals: [String: Seal] = [:]

    private static let largest = 64 << 20

    /// What is known of a torrent; nothing where there is no record that can be read.
    init(_ path: String) {
        guard let bytes = PlacedFile.read(path, limit: Self.largest),
            let known = try? JSONDecoder().decode(Self.self, from: Data(bytes))
        else { return }
        self = known
    }

    /// Whether a file is as it was when it was placed there.
    func has(_ path: String, _ facts: FileFacts) -> Bool { seals[path] == Seal(facts) }

    /// Notes a file that is about to be renamed to a path.
    mutating func note(_ source: String, as path: String) {
        seals[path] = FileFacts(source, followingLinks: false).map { Seal($0) }
    }

    /// Writes it down, without what is not there any more.
    /// - Parameter coming: paths that will be there.
    mutating func write(to file: String, coming: Set<String>) throws(PublishError) {
        seals = seals.filter { path, seal in
            coming.contains(path) || FileFacts(path, followingLinks: false).map { Seal($0) } == seal
        }
        guard !seals.isEmpty else { return try PlacedFile.remove(file) }
        let bytes: Data
        do {
            bytes = try JSONEncoder().encode(self)
        } catch {
            throw PublishError(.localFile, "cannot write \(file): \(error)")
        }
        try PlacedFile.write(Array(bytes), to: file)
    }
}
