internal import NIOPosix
package import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Registry {
    /// Makes sure that the files of a version are Shoal's own.
    /// - Returns: the folder of models, and that of the version, links resolved.
    /// - Throws: ``PublishError`` with code `not_ours` when they lie elsewhere.
    @discardableResult
    package func requireOwnFiles(of entry: RegistryEntry) throws(PublishError) -> (models: String, version: String) {
        guard let root = FolderPath.real(folder.models), let home = FolderPath.real(entry.folder), home != root,
            FolderPath.contains(root, home)
        else {
            throw PublishError(
                .notOurs, "the files of \(entry.name) lie in \(entry.folder), which is not Shoal's to delete from",
                hint: "leave out delete_files, or delete them yourself")
        }
        return (root, home)
    }

    /// Deletes the files of a version, where they are Shoal's own: those of its torrent that lie below the folder of
    /// models, and the folders that are empty then. Files that another version has at the same place stay. The entry
    /// stays too.
    /// - Returns: bytes that were deleted.
    /// - Throws: ``PublishError`` with code `not_ours` when they lie elsewhere; then nothing was deleted.
    package func deleteFiles(of entry: RegistryEntry) async throws -> Int64 {
        let registry = self
        return try await NIOThreadPool.singleton.runIfActive {
            let metainfo = try registry.metainfo(of: entry)
            let (root, home) = try registry.requireOwnFiles(of: entry)
            let shared = try Self.places(
                of: registry.versions(of: entry.id).filter { $0.version != entry.version }, registry)
            var deleted: Int64 = 0
            var folders: Set<String> = []
            for index in metainfo.payload {
                let place = entry.place(of: metainfo.files[index].path)
                let above = FolderPath.folder(of: place)
                // Links in between may lead anywhere.
                guard let real = FolderPath.real(above), FolderPath.contains(home, real), !shared.contains(place),
                    let facts = FileFacts(place, followingLinks: false), facts.isFile || facts.isLink
                else { continue }
                try PlacedFile.remove(place)
                if facts.isFile { deleted += facts.size }
                folders.insert(real)
            }
            for folder in folders.sorted(by: { $0.utf8.count > $1.utf8.count }) {
                var folder = folder
                // `rmdir` leaves what is not empty.
                while FolderPath.contains(root, folder), folder != root, rmdir(folder) == 0 {
                    folder = FolderPath.folder(of: folder)
                }
            }
            return deleted
        }
    }

    private static func places(of entries: [RegistryEntry], _ registry: Registry) -> Set<String> {
        var places: Set<String> = []
        for entry in entries {
            guard let metainfo = try? registry.metainfo(of: entry) else { continue }
            for index in metainfo.payload { places.insert(entry.place(of: metainfo.files[index].path)) }
        }
        return places
    }
}

extension PublishError.Code {
    /// Files that Shoal has not put where they are.
    package static let notOurs = PublishError.Code(rawValue: "not_ours")
}
