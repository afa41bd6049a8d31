package import PublishWire

/// How much of what others publish is taken and kept. The formats have limits of their own, which are the highest here.
package struct CatalogueLimits: Sendable, Hashable {
    /// Publishers whose indexes are searched.
    package var publishers = Catalogue.mostPublishers
    /// Entries of all indexes together.
    package var entries = Catalogue.mostEntries
    /// Entries of one index.
    package var entriesOfOne = CatalogueIndex.largestCount
    /// Publishers that may be followed without a pin.
    package var followed = TrustBook.largestCount
    /// Bytes of one index of a publisher that is followed or pinned.
    package var indexBytes = CatalogueIndex.largest
    /// Bytes of one index of anybody else.
    package var strangersIndexBytes = 4 << 20
    /// Indexes of strangers that one search fetches.
    package var strangersFetched = 64
    /// Strangers whose indexes are given away.
    package var strangersSeeded = 64
    /// Bytes of all indexes of strangers that are kept.
    package var strangersBytes = 256 << 20
    /// Indexes that are fetched at once.
    package var fetchesAtOnce = 4

    package init() {}

    /// Follows a publisher, unless too many are followed.
    package func follow(_ key: PublisherKey, in book: inout TrustBook, at now: Int64) throws(PublishError) {
        guard book.followed[key] != nil || book.followed.count < followed else {
            throw PublishError(
                .tooLarge, "\(book.followed.count) publishers are followed, and \(followed) is the limit",
                hint: "stop following one with 'shoal trust rm KEY', or raise catalogue.max_followed in config.yaml")
        }
        try book.follow(key, at: now)
    }
}
