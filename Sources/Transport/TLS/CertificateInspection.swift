internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Finds out why a server's certificate was refused: connects once more, takes whatever it shows, and reads it.
///
/// Nothing of ours travels on that connection but a request for the date.
enum CertificateInspection {
    /// What a server showed.
    private struct Findings: Sendable {
        var chain: [NIOSSLCertificate] = []
        /// What the server thinks the time is, in unix seconds.
        var serverTime: Int64?
    }

    /// Describes the flaw of the certificate at `url`.
    /// - Parameter now: the clock of this machine, in unix seconds.
    /// - Returns: nil when nothing is wrong with it or it cannot be had.
    static func flaw(at url: String, now: Int64) async -> TransportError? {
        guard let origin = Origin(url), origin.scheme == "https",
            let findings = try? await inspect(origin), let leaf = findings.chain.first
        else { return nil }
        return flaw(of: leaf, chain: findings.chain.count, serverTime: findings.serverTime, origin, url: url, now: now)
    }

    private static func flaw(
        of leaf: NIOSSLCertificate, chain: Int, serverTime: Int64?, _ origin: Origin, url: String, now: Int64
    ) -> TransportError {
        let (from, until) = (Int64(leaf.notValidBefore), Int64(leaf.notValidAfter))
        if now < from || now > until {
            if let serverTime, abs(serverTime - now) > ClockSkew.tolerance, (from...until).contains(serverTime) {
                return TransportError(
                    code: .clockWrong,
                    message: "the clock of this machine says \(HTTPDate.text(now)), that of \(origin) says "
                        + "\(HTTPDate.text(serverTime)): the certificate counts as \(now < from ? "not yet" : "no longer") valid",
                    hint: "set the clock of this machine", url: url)
            }
            return now < from
                ? TransportError(
                    code: .certificateNotYetValid,
                    message: "the certificate of \(origin) is valid only from \(HTTPDate.text(from))",
                    hint: "check the clock of this machine, which says \(HTTPDate.text(now))", url: url)
                : TransportError(
                    code: .certificateExpired,
                    message: "the certificate of \(origin) expired on \(HTTPDate.text(until))",
                    hint: "tell who runs the hub, or check the clock of this machine: it says \(HTTPDate.text(now))",
                    url: url)
        }
        let names = CertificateNames(leaf)
        if !names.include(origin.host) {
            return TransportError(
                code: .certificateName,
                message: "the certificate at \(origin) is not for this name, but for \(names.description)",
                hint: "use the name that it was made for; a log-in page of the network may also have answered", url: url
            )
        }
        let isOwn = (try? leaf.toDERBytes()).flatMap { DistinguishedNames(der: $0) }?.isSelfIssued == true
        let remedy = "if it is right, name its authority's certificate: SSL_CERT_FILE=/path/to/ca.pem"
        return isOwn && chain == 1
            ? TransportError(
                code: .certificateSelfSigned, message: "the certificate of \(origin) is self-signed", hint: remedy,
                url: url)
            : TransportError(
                code: .certificateUntrusted,
                message: "the certificate of \(origin) is not signed by an authority that this machine trusts",
                hint: remedy, url: url)
    }

    private static func inspect(_ origin: Origin) async throws -> Findings {
        let host = origin.host.hasPrefix("[") ? String(origin.host.dropFirst().dropLast()) : origin.host
        let collector = Collector()
        let name = AddressBlock(host) == nil ? host : nil
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: name) { chain, promise in
                        collector.findings.withLock { $0.chain = chain }
                        promise.succeed(.certificateVerified)
                    }
                    try channel.pipeline.syncOperations.addHandler(tls)
                    try channel.pipeline.syncOperations.addHandler(DateReader(collector: collector, host: host))
                }
            }
            .connect(host: host, port: origin.port).get()
        let limit = channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
        try? await channel.closeFuture.get()
        limit.cancel()
        return collector.findings.withLock { $0 }
    }

    private final class Collector: Sendable {
        let findings = Mutex(Findings())
    }

    /// Asks for the head of any page, takes the date from the reply, and closes.
    private final class DateReader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let collector: Collector
        private let host: String
        private var received = ByteBuffer()

        init(collector: Collector, host: String) {
            self.collector = collector
            self.host = host
        }

        func channelActive(context: ChannelHandlerContext) {
            let request = "HEAD / HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var part = unwrapInboundIn(data)
            received.writeBuffer(&part)
            let text = String(decoding: received.readableBytesView.prefix(16 << 10), as: UTF8.self)
            guard text.contains("\r\n\r\n") || received.readableBytes >= 16 << 10 else { return }
            for line in text.split(separator: "\r\n") where line.lowercased().hasPrefix("date:") {
                let time = HTTPDate.seconds(line.dropFirst(5))
                collector.findings.withLock { $0.serverTime = time }
            }
            context.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// The names and addresses that a certificate was made for.
struct CertificateNames: CustomStringConvertible {
    private var names: [String] = []
    private var addresses: [[UInt8]] = []

    init(_ certificate: NIOSSLCertificate) {
        for entry in certificate._subjectAlternativeNames() {
            switch entry.nameType {
            case .dnsName: names.append(String(decoding: entry.contents, as: UTF8.self).lowercased())
            case .ipAddress: addresses.append(Array(entry.contents))
            default: break
            }
        }
    }

    /// Whether a host is named, by itself or by a wildcard for its first part (RFC 6125 §6.4).
    func include(_ host: String) -> Bool {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        if let block = AddressBlock(bare) { return addresses.contains { block.isExactly($0) } }
        return names.contains { name in
            if name == bare { return true }
            guard name.hasPrefix("*."), let dot = bare.firstIndex(of: ".") else { return false }
            return bare[dot...] == name.dropFirst()
        }
    }

    var description: String {
        let texts =
            names + addresses.map { $0.count == 4 ? $0.map(String.init).joined(separator: ".") : "an IPv6 address" }
        guard let first = texts.first else { return "no name at all" }
        return texts.count == 1 ? first : texts.prefix(4).joined(separator: ", ") + (texts.count > 4 ? ", …" : "")
    }
}
