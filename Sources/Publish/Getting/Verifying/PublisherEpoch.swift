package import PublishWire

/// How many keys a publisher had before the one that it has now, as far as this machine has heard.
package enum PublisherEpoch {
    /// - Returns: 0 for a first key, and where nothing is known.
    package static func known(of publisher: PublisherKey, in folder: PublishFolder) async -> UInt32 {
        let folder = CatalogueFolder(folder)
        let roots = RootBook(folder: folder)
        var rotations: [Rotation] = []
        if let item = await roots.identityItem(of: publisher), let rotation = try? IdentityItem(item).rotation {
            rotations.append(rotation)
        }
        if let rotation = await roots.root(of: publisher)?.root.rotation { rotations.append(rotation) }
        let indexes = IndexShelf(path: folder.indexFolder(of: publisher))
        if let newest = indexes.all(of: publisher).first { rotations += newest.index.rotations }
        // Each was signed by both of its keys when it was read. The one to a key says how many came before it, the one
        // from it that it was one less.
        return rotations.reduce(0) { epoch, rotation in
            if rotation.new == publisher { return max(epoch, rotation.epoch) }
            return rotation.old == publisher ? max(epoch, rotation.epoch - 1) : epoch
        }
    }
}
