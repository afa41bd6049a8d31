internal import Crypto
internal import NIOCore
internal import NIOSSL

/// What this process is to its peers: a certificate made when it starts, and TLS contexts that show it.
///
/// Certificates are not checked against anything: who a peer is does not matter until it proves, inside the connection,
/// what it knows (`FileKey.proof`).
struct PeerIdentity: Sendable {
    /// SHA-256 of the certificate.
    let fingerprint: [UInt8]
    private let clientContext: NIOSSLContext
    private let serverContext: NIOSSLContext

    init() throws {
        let minted = try SelfSignedCertificate()
        fingerprint = Self.fingerprint(of: minted.der)
        let chain = [NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: minted.der, format: .der))]
        let key = NIOSSLPrivateKeySource.privateKey(
            try NIOSSLPrivateKey(bytes: Array(minted.keyText.utf8), format: .pem))
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateChain = chain
        client.privateKey = key
        client.minimumTLSVersion = .tlsv13
        // Loading the system's authorities would cost 20 ms and 10 MiB for nothing.
        client.trustRoots = .certificates([])
        client.certificateVerification = .noHostnameVerification
        clientContext = try NIOSSLContext(configuration: client)
        var server = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        server.minimumTLSVersion = .tlsv13
        server.trustRoots = .certificates([])
        // Makes the server ask for a certificate; the handlers' callback accepts any.
        server.certificateVerification = .noHostnameVerification
        serverContext = try NIOSSLContext(configuration: server)
    }

    func makeHandler(isServer: Bool) throws -> NIOSSLHandler {
        let acceptAny: NIOSSLCustomVerificationCallback = { _, promise in promise.succeed(.certificateVerified) }
        return isServer
            ? NIOSSLServerHandler(context: serverContext, customVerificationCallback: acceptAny)
            : try NIOSSLClientHandler(
                context: clientContext, serverHostname: nil, customVerificationCallback: acceptAny)
    }

    static func fingerprint(of certificate: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: certificate)) }
}
