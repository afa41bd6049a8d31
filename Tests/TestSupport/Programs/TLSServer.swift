import Foundation

/// A web server with a certificate of its own, made with the `openssl` program for one test.
public struct TLSServer: Sendable {
    /// What is wrong with the certificate.
    public enum Flaw: Sendable {
        /// Nothing: signed by ``TLSServer/authority``, for `localhost`.
        case none
        case selfSigned
        /// Made for another name.
        case otherName
        case expired
        case notYetValid
    }

    public let port: Int
    /// The certificate of the authority that signed the server's, in PEM format.
    public let authority: String

    /// Starts a server on a free port; it ends with the fixture.
    /// - Parameters:
    ///   - clockOffset: seconds that its `Date` header is away from the truth.
    ///   - upstream: the port on loopback to which connections are carried on; without one every request is answered
    ///     with `{}`.
    public static func start(
        in fixture: Fixture, _ flaw: Flaw = .none, clockOffset: Int = 0, upstream: Int? = nil
    ) async throws -> TLSServer {
        let folder = try fixture.directory("tls-\(flaw)")
        let script = """
            set -e; cd '\(folder)'
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Test authority' \
                -keyout ca.key -out ca.pem
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=\(flaw == .selfSigned ? "own" : "leaf")' \
                -keyout leaf.key -out leaf.csr
            printf '%s\\n' '[ca]' 'default_ca=d' '[d]' 'database=index' 'new_certs_dir=.' 'serial=serial' \
                'default_md=sha256' 'policy=p' 'x509_extensions=e' '[p]' 'commonName=supplied' \
                '[e]' 'subjectAltName=\(flaw == .otherName ? "DNS:other.test" : "DNS:localhost,IP:127.0.0.1")' > conf
            : > index; echo 01 > serial
            openssl ca -batch -config conf \(validity(flaw)) -notext -in leaf.csr -out leaf.pem \
                \(flaw == .selfSigned ? "-selfsign -keyfile leaf.key" : "-cert ca.pem -keyfile ca.key")
            """
        let made = try await fixture.run(
            Command("/bin/sh", ["-c", script], environment: baseEnvironment(home: folder), label: "openssl"))
        try made.expecting(0)
        let process = try fixture.start(
            Command(
                "/usr/bin/env", ["python3", "-c", program, folder, "\(clockOffset)", "\(upstream ?? 0)"],
                environment: baseEnvironment(home: folder), label: "tls-server"))
        try await process.wait(until: "port") { $0.output.contains("\n") }
        guard let port = Int(process.output.prefix { $0 != "\n" }) else {
            throw TestFailure("no port: \(process.output)")
        }
        return TLSServer(port: port, authority: folder + "/ca.pem")
    }

    private static func validity(_ flaw: Flaw) -> String {
        switch flaw {
        case .expired: "-startdate 20200101000000Z -enddate 20200201000000Z"
        case .notYetValid: "-startdate 20990101000000Z -enddate 20990201000000Z"
        default: "-startdate 20200101000000Z -enddate 20980101000000Z"
        }
    }

    private static let program = """
        import email.utils, http.server, socket, socketserver, ssl, sys, threading, time
        def carry(source, target):
            try:
                while data := source.recv(65536): target.sendall(data)
            except OSError: pass
            for end in (source, target):
                try: end.shutdown(socket.SHUT_RDWR)
                except OSError: pass
        class Carrier(socketserver.BaseRequestHandler):
            def handle(self):
                with socket.create_connection(("127.0.0.1", int(sys.argv[3]))) as server:
                    thread = threading.Thread(target=carry, args=(self.request, server), daemon=True)
                    thread.start()
                    carry(server, self.request)
                    thread.join()
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def date_time_string(self, timestamp=None):
                return email.utils.formatdate(time.time() + int(sys.argv[2]), usegmt=True)
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(b"{}")
            do_HEAD = do_GET
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler if sys.argv[3] == "0" else Carrier)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1] + "/leaf.pem", sys.argv[1] + "/leaf.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
}
