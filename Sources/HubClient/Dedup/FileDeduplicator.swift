internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Finds equal files and makes them share their storage.
///
/// Where the file system can share blocks, that is done: the files stay apart and may change apart. Otherwise, and
/// only if it is wanted, equal files become names of one file (hard links).
public struct FileDeduplicator: Sendable {
    public enum Action: String, Sendable, Hashable {
        /// Their blocks are shared now.
        case reflinked
        /// It is another name of the same file now.
        case linked
        /// Nothing was to be done.
        case alreadyShared = "already_shared"
        /// They are equal; nothing was changed, as was wanted.
        case possible
        /// The file system cannot share blocks, and hard links were not wanted.
        case unsupported
        /// Owner, group or mode are not the same, so nothing was done.
        case otherRights = "other_rights"
        /// The file changed while it was looked at, or somebody works on it.
        case busy
    }

    /// A file that is equal to another.
    public struct Duplicate: Sendable, Hashable {
        public var path: String
        public var original: String
        public var size: UInt64
        public var action: Action
    }

    public struct Outcome: Sendable {
        /// Files that were looked at.
        public var files = 0
        /// By path.
        public var duplicates: [Duplicate] = []

        /// Bytes of the duplicates with an action.
        public func bytes(_ action: Action) -> UInt64 {
            duplicates.lazy.filter { $0.action == action }.reduce(0) { $0 + $1.size }
        }
    }

    /// Smaller files take a block or less.
    public static let smallestFile: UInt64 = 4096

    /// Whether files that cannot share blocks become hard links.
    public var links: Bool
    /// Whether nothing is changed.
    public var isDryRun: Bool

    public init(links: Bool = false, isDryRun: Bool = false) {
        self.links = links
        self.isDryRun = isDryRun
    }

    struct Candidate: Sendable {
        var path: String
        var status: Disk.Status
    }

    /// Looks through files and folders; links are not followed.
    /// - Parameter progress: told the bytes that were read, from any thread.
    /// - Throws: ``HubError`` with code `local_path_not_found` for a path that does not exist.
    public func run(
        _ paths: [String], progress: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) async throws -> Outcome {
        let candidates = try collect(paths)
        var outcome = Outcome(files: candidates.count)
        var bySize: [SizeKey: [Candidate]] = [:]
        for candidate in candidates {
            bySize[SizeKey(device: candidate.status.device, size: candidate.status.size), default: []]
                .append(candidate)
        }
        for group in bySize.values {
            try Task.checkCancellation()
            guard group.count > 1 else { continue }
            // Names of one file need no reading.
            let isOneFile = Set(group.map(\.status.inode)).count == 1
            for equal in isOneFile ? [Self.sorted(group)] : try await equalFiles(group, progress: progress) {
                let original = equal[0]
                for other in equal.dropFirst() {
                    var action = Action.alreadyShared
                    if original.status.inode != other.status.inode {
                        action = try await NIOThreadPool.singleton.runIfActive { unify(original, other) }
                    }
                    outcome.duplicates.append(
                        Duplicate(path: other.path, original: original.path, size: other.status.size, action: action))
                }
            }
        }
        outcome.duplicates.sort { CacheOrder.precedes($0.path, $1.path) }
        return outcome
    }

    private struct SizeKey: Hashable {
        var device: UInt64
        var size: UInt64
    }

    private func collect(_ paths: [String]) throws -> [Candidate] {
        var found: [Candidate] = []
        var seen: Set<String> = []
        for path in paths {
            let root = LocalPath.resolved(path)
            guard let status = Disk.status(root) else {
                throw HubError(.localPathNotFound, "There is no \(path).", hint: "Check the path.")
            }
            let names = status.isDirectory ? try Disk.leaves(below: root).map { LocalPath.join(root, $0) } : [root]
            for name in names where seen.insert(name).inserted {
                guard let status = Disk.status(name, followingLinks: false), status.isRegular,
                    status.size >= Self.smallestFile, !Self.isUnfinished(name)
                else { continue }
                found.append(Candidate(path: name, status: status))
            }
        }
        return found
    }

    /// What some program is still writing, by its name.
    private static func isUnfinished(_ path: String) -> Bool {
        let name = LocalPath.name(of: path)
        return name.hasSuffix(".incomplete") || name.hasSuffix(".tmp") || path.contains("/.shoal/")
            || path.contains("/.locks/")
    }

    /// Sorts files of one size into groups of the same content, the file with most names first.
    private func equalFiles(
        _ group: [Candidate], progress: @escaping @Sendable (UInt64) -> Void
    ) async throws -> [[Candidate]] {
        // Blobs of a cache are named by their SHA-256, which saves reading them; what is done is checked all the same.
        let areNamed = group.allSatisfy { Self.digestInName($0.path) != nil }
        var byDigest: [String: [Candidate]] = [:]
        var digests: [UInt64: String] = [:]
        for candidate in group {
            let digest: String
            if let known = digests[candidate.status.inode] {
                digest = known
            } else if areNamed, let name = Self.digestInName(candidate.path) {
                digest = name
            } else {
                // A file that cannot be read is left alone.
                guard let read = try? await ContentDigest.sha256(candidate.path, progress: progress) else { continue }
                try Task.checkCancellation()
                digest = read
            }
            digests[candidate.status.inode] = digest
            byDigest[digest, default: []].append(candidate)
        }
        return byDigest.values.filter { $0.count > 1 }.map(Self.sorted)
    }

    private static func sorted(_ files: [Candidate]) -> [Candidate] {
        files.sorted {
            ($1.status.links, $0.status.modified, $0.path) < ($0.status.links, $1.status.modified, $1.path)
        }
    }

    /// The SHA-256 that a blob of a repository in a cache is named by.
    private static func digestInName(_ path: String) -> String? {
        let name = LocalPath.name(of: path)
        let folder = LocalPath.folder(of: path)
        return Hex.isLowercase(name, count: 64) && LocalPath.name(of: folder) == "blobs" ? name : nil
    }
}
