import Foundation
import Synchronization

/// Takes connections at a socket of any kind and carries their bytes to a hub on loopback, as it finds them.
///
/// What a client must say first, if anything, is up to the kind: nothing at a unix socket, a greeting to a SOCKS proxy.
public final class Relay: Sendable {
    private let listener: Int32
    private let greet: @Sendable (StreamSocket) throws -> Int?
    private let count = Mutex(0)

    private init(listener: Int32, greet: @escaping @Sendable (StreamSocket) throws -> Int?) {
        self.listener = listener
        self.greet = greet
    }

    /// Connections that were carried on.
    public var connections: Int { count.withLock { $0 } }

    /// A unix socket in front of a port.
    public static func unixSocket(at path: String, upstream: Int, in fixture: Fixture) throws -> Relay {
        let listener = socket(AF_UNIX, streamType, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity else { throw TestFailure("the path of the socket is too long: \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(listener, 64) == 0
            }
        }
        guard isBound else { throw TestFailure("cannot listen at \(path): \(errnoText())") }
        return Relay(listener: listener) { _ in upstream }.started(in: fixture)
    }

    /// A port of the other family, `::1`, in front of one of 127.0.0.1.
    /// - Returns: nil where the machine has no IPv6.
    public static func ipv6(upstream: Int, in fixture: Fixture) throws -> (relay: Relay, port: Int)? {
        let listener = socket(AF_INET6, streamType, 0)
        guard listener >= 0 else { return nil }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else {
            Foundation.close(listener)
            return nil
        }
        let relay = Relay(listener: listener) { _ in upstream }.started(in: fixture)
        return (relay, Int(UInt16(bigEndian: address.sin6_port)))
    }

    /// A SOCKS 5 proxy without passwords (RFC 1928) that leads every name to loopback.
    public static func socks(in fixture: Fixture) throws -> (relay: Relay, port: Int) {
        let (listener, port) = try listenOnLoopback()
        let relay = Relay(listener: listener) { client in
            let hello = try client.readExactly(2)
            _ = try client.readExactly(Int(hello[1]))
            guard hello[0] == 5 else { return nil }
            try client.write([5, 0])
            let request = try client.readExactly(4)
            switch request[3] {
            case 1: _ = try client.readExactly(4)
            case 3: _ = try client.readExactly(Int(try client.readExactly(1)[0]))
            case 4: _ = try client.readExactly(16)
            default: return nil
            }
            let target = try client.readExactly(2)
            try client.write([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])
            return Int(target[0]) << 8 | Int(target[1])
        }
        return (relay.started(in: fixture), port)
    }

    private func started(in fixture: Fixture) -> Relay {
        ConnectionServer.start(listener, in: fixture) { try self.serve($0) }
        return self
    }

    private func serve(_ client: StreamSocket) throws {
        guard let port = try greet(client) else { return }
        let server = try StreamSocket.connect(port: port)
        defer { Foundation.close(server.descriptor) }
        count.withLock { $0 += 1 }
        join(client, server)
    }
}
