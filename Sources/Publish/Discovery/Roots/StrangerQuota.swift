/// How many publishers that nobody knew one address may tell of in an hour: a key costs nothing to make.
struct StrangerQuota: Sendable {
    static let perHour = 200
    /// Addresses that are counted apart; the others count together.
    private static let addresses = 1_024

    private var began: Int64 = 0
    private var counts: [String: Int] = [:]

    mutating func admits(_ source: String, at now: Int64) -> Bool {
        if now - began >= 3_600 || now < began {
            began = now
            counts = [:]
        }
        let name = counts[source] != nil || counts.count < Self.addresses ? source : ""
        guard counts[name, default: 0] < Self.perHour else { return false }
        counts[name, default: 0] += 1
        return true
    }
}
