internal import NIOPosix
package import SwarmWire
internal import Transport

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Tells the addresses of a host; none where it has none, or they cannot be asked for.
package typealias HostLookUp = @Sendable (_ host: String) async -> [IPLiteral]

/// Addresses of hosts by their names.
package enum HostNames {
    /// As all programs of this machine look them up.
    package static let system: HostLookUp = { host in
        (try? await NIOThreadPool.singleton.runIfActive { resolve(host) }) ?? []
    }

    static func addresses(of origin: Origin, _ lookUp: HostLookUp) async -> [IPLiteral] {
        // A dot at the end says that the name is complete.
        let host = origin.host.filter { $0 != "[" && $0 != "]" }
        if let literal = IPLiteral(host) { return [literal] }
        return await lookUp(host)
    }

    /// Also what only looks like a name: `127.1` and `0x7f000001` are addresses to those who connect. Blocks.
    private static func resolve(_ host: String) -> [IPLiteral] {
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, nil, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [IPLiteral] = []
        var next = list
        while let entry = next?.pointee {
            if let address = literal(entry), !found.contains(address) { found.append(address) }
            next = entry.ai_next
        }
        return found
    }

    private static func literal(_ entry: addrinfo) -> IPLiteral? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(text.count)
        guard getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        // The zone of a link-local address comes behind a percent sign.
        let name = String(decoding: text.prefix { $0 != 0 && $0 != 37 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return IPLiteral(name)
    }
}
