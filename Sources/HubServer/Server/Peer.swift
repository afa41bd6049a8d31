/// Where a request comes from.
struct Peer: Sendable, Equatable {
    /// An IP address in text form, `-` when it is not known.
    var address: String
    /// True when the client itself is on this machine, as far as can be told: no proxy in between has said otherwise.
    var isLocal: Bool

    /// A connection from this machine may be a proxy's, so what it says of its client is believed; nobody else's word
    /// is. `forwardedFor` is the last `X-Forwarded-For` header, of which the proxy wrote the last entry.
    init(address: String?, forwardedFor: String?) {
        let isLoopback = address.map { $0.hasPrefix("127.") || $0 == "::1" || $0.hasPrefix("::ffff:127.") } ?? false
        let client = forwardedFor?.split(separator: ",").last.map { $0.filter { $0 != " " } }
        if isLoopback, let client, Self.isAddress(client) {
            self.address = client
            isLocal = false
        } else {
            self.address = address ?? "-"
            isLocal = isLoopback && forwardedFor == nil
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        (2...45).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: "."), UInt8(ascii: ":"): true
                default: false
                }
            }
    }

    /// What anonymous requests are counted under: an IPv4 address, or the /64 that an IPv6 address lies in, which is
    /// what one household or machine has.
    var network: String {
        guard address.contains(":"), !address.hasPrefix("::ffff:") else { return address }
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        let head = halves[0].split(separator: ":")
        guard halves.count == 2 else { return head.prefix(4).joined(separator: ":") }
        let tail = halves[1].split(separator: ":")
        let zeros = repeatElement(Substring("0"), count: max(0, 8 - head.count - tail.count))
        return (head + zeros + tail).prefix(4).joined(separator: ":")
    }
}
