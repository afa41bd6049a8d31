import Foundation
import Synchronization

/// A forward proxy on loopback that understands CONNECT, as companies run them: it may want a password, refuse, and it
/// remembers what was asked of it.
public final class ConnectProxy: Sendable {
    public let port: Int
    private let listener: Int32
    private let login: String?
    private let refuses: Bool
    private let state = Mutex<(targets: [String], connections: Set<Int32>, isClosed: Bool)>(([], [], false))

    /// Starts a proxy that ends with the fixture.
    /// - Parameters:
    ///   - login: `user:password` that clients must give.
    ///   - refuses: whether every CONNECT is answered 403.
    public static func start(
        in fixture: Fixture, login: String? = nil, refuses: Bool = false
    ) throws -> ConnectProxy {
        let proxy = try ConnectProxy(login: login, refuses: refuses)
        Thread.detachNewThread { proxy.accept() }
        fixture.onCleanup { proxy.close() }
        return proxy
    }

    private init(login: String?, refuses: Bool) throws {
        self.login = login
        self.refuses = refuses
        (listener, port) = try listenOnLoopback()
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    /// `host:port` of every CONNECT that was let through.
    public var targets: [String] { state.withLock { $0.targets } }

    private func close() {
        let open = state.withLock { state in
            state.isClosed = true
            return state.connections
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
        Foundation.close(listener)
    }

    private func accept() {
        while true {
            let descriptor = Foundation.accept(listener, nil, nil)
            if descriptor < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            guard state.withLock({ !$0.isClosed && $0.connections.insert(descriptor).inserted }) else {
                Foundation.close(descriptor)
                return
            }
            Thread.detachNewThread {
                try? self.serve(StreamSocket(descriptor: descriptor))
                _ = self.state.withLock { $0.connections.remove(descriptor) }
                shutdown(descriptor, Int32(SHUT_RDWR))
                Foundation.close(descriptor)
            }
        }
    }

    private func serve(_ client: StreamSocket) throws {
        guard let head = try client.readHead() else { return }
        guard head.method == "CONNECT", let port = head.target.split(separator: ":").last.flatMap({ Int($0) }) else {
            return try client.write("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n".utf8)
        }
        if let login {
            let wanted = "Basic " + Data(login.utf8).base64EncodedString()
            guard head["proxy-authorization"] == wanted else {
                return try client.write(
                    "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n".utf8)
            }
        }
        if refuses { return try client.write("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".utf8) }
        // Every name leads to loopback, so that names that exist nowhere can be used behind the proxy.
        let server = try StreamSocket.connect(port: port)
        defer { Foundation.close(server.descriptor) }
        state.withLock { $0.targets.append(head.target) }
        try client.write("HTTP/1.1 200 Connected\r\n\r\n".utf8)
        let (inside, outside) = (client.descriptor, server.descriptor)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            Self.copy(from: inside, to: outside)
            done.signal()
        }
        Self.copy(from: outside, to: inside)
        done.wait()
    }

    private static func copy(from source: Int32, to target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let got = recv(source, &buffer, buffer.count, 0)
            guard got > 0 else { break }
            var sent = 0
            while sent < got {
                let count = buffer.withUnsafeBytes {
                    send(
                        target, UnsafeRawBufferPointer(rebasing: $0[sent..<got]).baseAddress, got - sent,
                        Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                sent += count
            }
            if sent < got { break }
        }
        shutdown(target, Int32(SHUT_RDWR))
        shutdown(source, Int32(SHUT_RDWR))
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
