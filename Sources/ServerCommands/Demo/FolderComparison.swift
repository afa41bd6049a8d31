import Foundation

/// Compares what was pulled with what was pushed, byte by byte.
enum FolderComparison {
    /// The names of the files in `folder`, links followed; empty when there is no such folder.
    static func files(in folder: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }.sorted()
    }

    /// Hubs put this file into every new repository.
    private static let hubsOwnFile = ".gitattributes"

    /// Checks that `copy` holds the files of `original` and none but the hub's own beside them; returns the bytes
    /// compared.
    static func requireEqual(_ copy: URL, to original: URL) throws -> UInt64 {
        let expected = files(in: original)
        let found = files(in: copy).filter { $0 != hubsOwnFile || expected.contains($0) }
        guard expected == found else {
            throw DemoFailure("pulled \(found.joined(separator: ", ")); expected \(expected.joined(separator: ", "))")
        }
        return try expected.reduce(0) { sum, name in
            sum + (try requireEqualFiles(copy.appendingPathComponent(name), original.appendingPathComponent(name)))
        }
    }

    /// Checks that two files have the same bytes; returns their length.
    static func requireEqualFiles(_ copy: URL, _ original: URL) throws -> UInt64 {
        let left = try FileHandle(forReadingFrom: copy)
        let right = try FileHandle(forReadingFrom: original)
        defer {
            try? left.close()
            try? right.close()
        }
        var length: UInt64 = 0
        while true {
            let (a, b) = (try left.read(upToCount: 4 << 20) ?? Data(), try right.read(upToCount: 4 << 20) ?? Data())
            guard a == b else { throw DemoFailure("\(copy.path) differs from \(original.path) after byte \(length)") }
            if a.isEmpty { return length }
            length += UInt64(a.count)
        }
    }
}
