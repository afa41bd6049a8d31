internal import PublishWire

extension PublishSettings {
    /// Takes over a value of the section `catalogue`. The limits are as high at most as the formats allow.
    mutating func setCatalogue(_ key: String, _ value: ConfigValue) throws(ConfigFlaw) {
        switch key {
        case "catalogue.refresh_interval_minutes": catalogue.refreshMinutes = try value.number(1...10_080)
        case "catalogue.republish_interval_minutes": catalogue.republishMinutes = try value.number(5...110)
        case "catalogue.publish": catalogue.isPublished = try value.flag()
        case "catalogue.label":
            let text = try value.text()
            guard text.isEmpty || PublisherLabel(text) != nil else {
                throw value.flaw("it takes up to \(PublisherLabel.longest) visible bytes")
            }
            catalogue.label = text.isEmpty ? nil : text
        default: try setLimit(key, value)
        }
    }

    private mutating func setLimit(_ key: String, _ value: ConfigValue) throws(ConfigFlaw) {
        switch key {
        case "catalogue.max_publishers":
            catalogue.limits.publishers = try value.number(1...PublishWire.Catalogue.mostPublishers)
        case "catalogue.max_entries": catalogue.limits.entries = try value.number(1...PublishWire.Catalogue.mostEntries)
        case "catalogue.max_entries_per_publisher":
            catalogue.limits.entriesOfOne = try value.number(1...CatalogueIndex.largestCount)
        case "catalogue.max_followed": catalogue.limits.followed = try value.number(0...TrustBook.largestCount)
        case "catalogue.max_index_size": catalogue.limits.indexBytes = try value.size(4 << 10...CatalogueIndex.largest)
        case "catalogue.max_unknown_index_size":
            catalogue.limits.strangersIndexBytes = try value.size(0...CatalogueIndex.largest)
        case "catalogue.max_unknown_fetched": catalogue.limits.strangersFetched = try value.number(0...4_096)
        case "catalogue.max_unknown_seeded": catalogue.limits.strangersSeeded = try value.number(0...4_096)
        case "catalogue.max_unknown_storage": catalogue.limits.strangersBytes = try value.size(0...1 << 40)
        case "catalogue.fetches_at_once": catalogue.limits.fetchesAtOnce = try value.number(1...64)
        default: throw value.unknown(key, among: Self.keys)
        }
    }
}
