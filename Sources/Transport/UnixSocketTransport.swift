/// Sends every request to a socket of this machine, whatever host its URL names.
public final class UnixSocketTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let path: String

    /// - Parameter path: the socket, absolute.
    public init(_ base: any HTTPTransport, path: String) {
        self.base = base
        self.path = path
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.unixSocket = path
        return try await base.send(request)
    }
}

/// How the HTTP stack writes the address of a server behind a socket: `http+unix://%2Frun%2Fcas.sock/path`.
struct UnixSocketAddress {
    let url: String
    /// For the `Host` header: host and port of the URL.
    let host: String

    init?(socket: String, url: String) {
        guard let origin = Origin(url), let mark = url.firstRange(of: "://") else { return nil }
        let path = url[mark.upperBound...].drop { $0 != "/" && $0 != "?" }
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in socket.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                escaped.append(byte)
            default: escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        self.url =
            "\(origin.scheme)+unix://\(String(decoding: escaped, as: UTF8.self))\(path.hasPrefix("/") ? "" : "/")\(path)"
        let isUsualPort = origin.port == (origin.scheme == "https" ? 443 : 80)
        host = isUsualPort ? origin.host : "\(origin.host):\(origin.port)"
    }
}
