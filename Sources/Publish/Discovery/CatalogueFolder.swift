internal import PublishWire

/// What is kept of the catalogue on disk: the own index and its torrents, the indexes of others, the roots seen.
package struct CatalogueFolder: Sendable, Hashable {
    package let path: String

    package init(path: String) { self.path = path }

    package init(_ folder: PublishFolder) { path = folder.catalogue }

    /// Roots of publishers, as they were signed.
    var rootsFile: String { path + "/roots" }
    /// Items that named single torrents, as they were signed.
    var itemsFile: String { path + "/items" }
    /// What this publisher has published last.
    var ownFile: String { path + "/own.json" }
    /// Held by the process that publishes.
    var ownLock: String { path + "/own.lock" }
    /// Index torrents of this publisher, one folder each, by info hash.
    var ownFolder: String { path + "/own" }
    /// Index torrents of all other publishers, a folder of each.
    var indexesFolder: String { path + "/indexes" }

    /// Index torrents of one publisher, one folder each, by info hash.
    func indexFolder(of publisher: PublisherKey) -> String { "\(indexesFolder)/\(publisher.fingerprint)" }
    /// Downloads that are not finished; what is old in it is cleared.
    var scratchFolder: String { path + "/incoming" }
}
