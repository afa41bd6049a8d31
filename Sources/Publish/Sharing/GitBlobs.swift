internal import PublishWire
internal import Transfer

/// The ids by which a hub knows files that lie in git itself.
enum GitBlobs {
    /// Larger files are named without.
    private static let largest = 64 << 20

    /// Makes sure that files are what a hub has under their ids.
    /// - Returns: the ids by the files' order, where they are known and were checked.
    static func check(_ files: [ShareContent.File]) throws(PublishError) -> [[UInt8]?] {
        var ids: [[UInt8]?] = []
        for file in files {
            guard let id = file.gitOID, file.size <= Int64(largest),
                let bytes = PlacedFile.read(file.source, limit: largest)
            else {
                ids.append(nil)
                continue
            }
            let expected = ContentID.gitBlob(Hexadecimal.encode(id))
            var hasher = Transfer.ContentHasher(for: expected, size: UInt64(bytes.count))
            bytes.withUnsafeBytes { hasher.update($0) }
            guard hasher.matches(expected) else { throw .otherThanHub(file) }
            ids.append(id)
        }
        return ids
    }
}

extension PublishError {
    /// A file that is not what the manifest says that is taken in.
    static func otherThanManifest(_ file: ShareContent.File) -> PublishError {
        PublishError(
            .changed, "\(file.path) in \(FolderPath.folder(of: file.source)) is not the file that the manifest names",
            hint: "fetch it again, or share the folder under a name of your own with 'shoal share'")
    }

    /// A file of a cache that is not what the hub has.
    static func otherThanHub(_ file: ShareContent.File) -> PublishError {
        PublishError(
            .changed, "\(file.path) in the cache is not what the hub has under that name",
            hint: "repair it with 'shoal cache verify --repair'")
    }
}
