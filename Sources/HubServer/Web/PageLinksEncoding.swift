import HubWire

/// Parts of URLs, encoded.
enum PageLinksEncoding {
    static func segment(_ text: String) -> String { PercentEncoding.encode(segment: text) }

    /// A value in a query.
    static func query(_ text: String) -> String { PercentEncoding.encode(segment: text) }
}
