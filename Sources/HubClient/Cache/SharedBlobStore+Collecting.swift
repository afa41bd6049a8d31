#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Which entries of the store are in use, and the removal of those that are not.
///
/// The `.refs` lists are hints that are checked against the disk. A missing or unreadable list is never a reason to
/// delete: then the entry stays (hub-api §2.3).
extension SharedBlobStore {
    /// The entry that a repository's blob is a link to, if it is one and the entry is there.
    func entry(linkedFrom blob: String) -> String? {
        guard reference(of: blob) != nil, let text = Disk.linkText(blob) else { return nil }
        return entry(namedBy: text, in: LocalPath.folder(of: blob)).flatMap {
            Disk.status($0, followingLinks: false)?.isRegular == true ? $0 : nil
        }
    }

    /// All content in the store.
    func entries() -> [String] {
        guard isMarked else { return [] }
        var found: [String] = []
        for prefix in (try? Disk.names(in: folder)) ?? [] where Hex.isLowercase(prefix, count: 2) {
            let path = LocalPath.join(folder, prefix)
            guard Disk.status(path, followingLinks: false)?.isDirectory == true else { continue }
            for name in (try? Disk.names(in: path)) ?? []
            where Hex.isLowercase(name, count: 64) && name.hasPrefix(prefix) {
                let entry = LocalPath.join(path, name)
                if Disk.status(entry, followingLinks: false)?.isRegular == true { found.append(entry) }
            }
        }
        return found
    }

    /// The content that has a list of users, none of which is there any more.
    func unreferencedEntries() -> [CacheInventory.StrayFile] {
        entries().compactMap { entry in
            guard references(to: entry) == [], let status = Disk.status(entry, followingLinks: false) else {
                return nil
            }
            return CacheInventory.StrayFile(path: entry, size: status.size)
        }
    }

    /// The blobs that link to an entry; nil when that is not known for certain.
    func references(to entry: String) -> Set<String>? {
        let list = entry + ".refs"
        guard Disk.status(list, followingLinks: false)?.isRegular == true,
            let text = Disk.text(list, upTo: 64 << 20)
        else { return nil }
        var found: Set<String> = []
        for line in text.split(whereSeparator: \.isNewline) {
            let blob = LocalPath.join(root, line)
            guard !line.hasPrefix("/"), !line.split(separator: "/").contains(".."), reference(of: blob) != nil else {
                continue
            }
            var raw = stat()
            guard lstat(blob, &raw) == 0 else {
                if errno == ENOENT { continue }
                return nil
            }
            guard raw.st_mode & S_IFMT == S_IFLNK else { continue }
            guard let target = Disk.linkText(blob) else { return nil }
            if self.entry(namedBy: target, in: LocalPath.folder(of: blob)) == entry { found.insert(blob) }
        }
        return found
    }

    /// The bytes that vanish with a set of blobs: the entry's, if nobody else uses it.
    func freed(_ entry: String, deleting blobs: Set<String>) -> UInt64 {
        guard let users = references(to: entry), !users.isEmpty, users.isSubset(of: blobs) else { return 0 }
        return Disk.status(entry, followingLinks: false).flatMap { $0.isRegular ? $0.size : nil } ?? 0
    }

    /// Removes an entry that nobody uses, or takes the users that are gone out of its list.
    func sweep(_ entry: String) async throws {
        guard isMarked else { return }
        _ = try await locked(entry) {
            guard let users = references(to: entry) else { return }
            let list = entry + ".refs"
            guard users.isEmpty else {
                let lines = CacheOrder.sorted(users).map { $0.dropFirst(root.count).drop { $0 == "/" } + "\n" }
                return try Disk.write(Array(lines.joined().utf8), to: list, mode: 0o666)
            }
            guard Disk.status(entry, followingLinks: false)?.isRegular == true else { return }
            try Disk.remove(entry)
            try Disk.remove(list)
        }
    }

    /// How lists name a blob: its path below the cache, when it is one of a repository's blobs.
    private func reference(of blob: String) -> String? {
        guard blob.hasPrefix(root) else { return nil }
        let parts = blob.dropFirst(root.count).split(separator: "/")
        guard parts.count == 3, parts[1] == "blobs", let mark = parts[0].firstRange(ofBytes: "--"),
            CacheScanner.repoTypes[String(parts[0][..<mark.lowerBound])] != nil, mark.upperBound < parts[0].endIndex,
            !blob.contains(where: \.isNewline)
        else { return nil }
        return parts.joined(separator: "/")
    }

    /// The entry that a link's text names; nil when it leads anywhere else.
    private func entry(namedBy text: String, in blobs: String) -> String? {
        let target = LocalPath.leading(text, from: blobs)
        let hash = LocalPath.name(of: target)
        return Hex.isLowercase(hash, count: 64) && target == entry(hash) ? target : nil
    }
}
