/// What the address of a hub may be.
enum EndpointAddress {
    /// Why an address cannot be used, as the end of a sentence; nil when it can.
    static func flaw(of address: String) -> String? {
        guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
            return "is not an http or https address"
        }
        let authority = address.drop { $0 != ":" }.dropFirst(3).prefix { !"/?#".contains($0) }
        // They would stand in every link, log line and process list; no client of such hubs sends them.
        return authority.contains("@") ? "has a user or password in it" : nil
    }
}
