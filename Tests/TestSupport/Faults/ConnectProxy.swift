import Foundation
import Synchronization

/// A forward proxy on loopback, as companies run them, for CONNECT and for plain requests: it may want a password,
/// refuse, and it remembers what was asked of it.
public final class ConnectProxy: Sendable {
    public let port: Int
    private let listener: Int32
    private let login: String?
    private let refuses: Bool
    private let asked = Mutex<[String]>([])

    /// Starts a proxy that ends with the fixture.
    /// - Parameters:
    ///   - login: `user:password` that clients must give.
    ///   - refuses: whether every CONNECT is answered 403.
    public static func start(
        in fixture: Fixture, login: String? = nil, refuses: Bool = false
    ) throws -> ConnectProxy {
        let proxy = try ConnectProxy(login: login, refuses: refuses)
        ConnectionServer.start(proxy.listener, in: fixture) { try proxy.serve($0) }
        return proxy
    }

    private init(login: String?, refuses: Bool) throws {
        self.login = login
        self.refuses = refuses
        (listener, port) = try listenOnLoopback()
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    /// `host:port` of every CONNECT and every plain request that was let through.
    public var targets: [String] { asked.withLock { $0 } }

    private func note(_ target: String) { asked.withLock { $0.append(target) } }

    private func serve(_ client: StreamSocket) throws {
        guard let head = try client.readHead() else { return }
        if let login {
            let wanted = "Basic " + Data(login.utf8).base64EncodedString()
            guard head["proxy-authorization"] == wanted else {
                return try client.write(
                    "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n".utf8)
            }
        }
        if refuses { return try client.write("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".utf8) }
        guard head.method == "CONNECT" else { return try forward(head, from: client) }
        guard let port = head.target.split(separator: ":").last.flatMap({ Int($0) }) else { return }
        // Every name leads to loopback, so that names that exist nowhere can be used behind the proxy.
        let server = try StreamSocket.connect(port: port)
        defer { Foundation.close(server.descriptor) }
        note(head.target)
        try client.write("HTTP/1.1 200 Connected\r\n\r\n".utf8)
        join(client, server)
    }
}

extension ConnectProxy {
    /// Carries one plain request on, with the origin form of its address; every name leads to loopback here too.
    private func forward(_ head: HTTPHead, from client: StreamSocket) throws {
        let rest = head.target.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        let port = authority.split(separator: ":").dropFirst().last.flatMap { Int($0) } ?? 80
        note("\(authority)")
        let path = rest.dropFirst(authority.count)
        var request = HTTPHead(
            startLine: "\(head.method) \(path.isEmpty ? "/" : path) HTTP/1.1", headers: head.headers)
        request.set("Proxy-Authorization", nil)
        request.set("Connection", "close")
        let server = try StreamSocket.connect(port: port)
        defer { Foundation.close(server.descriptor) }
        try server.write(request.bytes)
        try client.readBody(head.requestBody) { try server.write($0) }
        guard var reply = try server.readHead() else { return }
        while reply.status == 100, let next = try server.readHead() { reply = next }
        let body = reply.responseBody(toMethod: head.method)
        reply.set("Connection", "close")
        // The end of the connection marks the end of a body of unknown length.
        if case .chunked = body { reply.set("Transfer-Encoding", nil) }
        try client.write(reply.bytes)
        try server.readBody(body) { try client.write($0) }
    }
}

/// Opens a listening socket on a free loopback port.
func listenOnLoopback() throws -> (listener: Int32, port: Int) {
    let listener = socket(AF_INET, streamType, 0)
    var address = loopback(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(listener, $0, size) == 0 && listen(listener, 128) == 0 && getsockname(listener, $0, &size) == 0
        }
    }
    guard bound else { throw TestFailure("cannot listen: \(errnoText())") }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
}
