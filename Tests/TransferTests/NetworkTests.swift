import Logging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Transport

/// Proxies and certificates, with real programs on loopback.
@Suite(.serialized) struct NetworkTests {
    private func status(_ url: String, environment: [String: String]) async throws -> Int {
        var configuration = AsyncHTTPTransport.Configuration(environment: environment)
        // A busy machine takes its time for a handshake.
        configuration.connectTimeout = .seconds(45)
        return try await AsyncHTTPTransport.withTransport(configuration, logger: PullTests.logger) { transport in
            let response = try await transport.send(HTTPRequest(url: url))
            await response.discard()
            return response.status
        }
    }

    private func failure(_ url: String, environment: [String: String] = [:]) async throws -> TransportError {
        do {
            _ = try await status(url, environment: environment)
        } catch let error as TransportError {
            return error
        }
        throw TestFailure("nothing failed")
    }

    @Test("a trusted certificate is accepted, by file and by folder, and only then", .timeLimit(.minutes(1)))
    func trust() async throws {
        try await withFixture { fixture in
            let server = try await TLSServer.start(in: fixture)
            let url = "https://localhost:\(server.port)/"
            let untrusted = try await failure(url)
            #expect(untrusted.code == .certificateUntrusted && untrusted.hint?.contains("SSL_CERT_FILE") == true)
            let folder = String(server.authority.dropLast("/ca.pem".count))
            for environment in [
                ["SSL_CERT_FILE": server.authority], ["REQUESTS_CA_BUNDLE": server.authority],
                ["CURL_CA_BUNDLE": server.authority], ["SSL_CERT_DIR": folder],
                ["SSL_CERT_FILE": server.authority, "REQUESTS_CA_BUNDLE": "/nowhere"],
            ] {
                #expect(try await status(url, environment: environment) == 200, "\(environment)")
            }
            let missing = try await failure(url, environment: ["SSL_CERT_FILE": "/nowhere.pem"])
            #expect(missing.code == .trustStore && missing.message.contains("SSL_CERT_FILE names /nowhere.pem"))
        }
    }

    @Test(
        "what is wrong with a certificate is said", .timeLimit(.minutes(1)),
        arguments: [
            (TLSServer.Flaw.selfSigned, "certificate_self_signed", "is self-signed"),
            (.otherName, "certificate_name", "for other.test"),
            (.expired, "certificate_expired", "expired on 2020-02-01"),
            (.notYetValid, "certificate_not_yet_valid", "valid only from 2099-01-01"),
        ])
    func flaws(flaw: TLSServer.Flaw, code: String, words: String) async throws {
        try await withFixture { fixture in
            let server = try await TLSServer.start(in: fixture, flaw)
            let environment: [String: String] = flaw == .selfSigned ? [:] : ["SSL_CERT_FILE": server.authority]
            let error = try await failure("https://localhost:\(server.port)/", environment: environment)
            #expect(error.code.rawValue == code && error.message.contains(words), "\(error)")
            #expect(error.hint != nil && error.retryAdvice == .never)
        }
    }

    @Test("a wrong clock is told from a bad certificate", .timeLimit(.minutes(1)))
    func clock() async throws {
        try await withFixture { fixture in
            // The server's date lies inside the validity of its certificate, ours does not.
            let then = try #require(HTTPDate.seconds("Thu, 15 Jan 2099 00:00:00 GMT"))
            let offset = Int(then - ClockSkew.now)
            let server = try await TLSServer.start(in: fixture, .notYetValid, clockOffset: offset)
            let error = try await failure(
                "https://localhost:\(server.port)/", environment: ["SSL_CERT_FILE": server.authority])
            #expect(error.code == .clockWrong && error.message.contains("says 2099-01-15"), "\(error)")
            #expect(error.hint == "set the clock of this machine")
        }
    }

    @Test("requests go through a proxy, with its password, unless the host is exempt", .timeLimit(.minutes(1)))
    func proxies() async throws {
        try await withFixture { fixture in
            let server = try await TLSServer.start(in: fixture)
            let proxy = try ConnectProxy.start(in: fixture, login: "me:p@ss word")
            let url = "https://localhost:\(server.port)/"
            var environment = [
                "SSL_CERT_FILE": server.authority, "https_proxy": "http://me:p%40ss%20word@127.0.0.1:\(proxy.port)",
            ]
            #expect(try await status(url, environment: environment) == 200)
            #expect(proxy.targets == ["localhost:\(server.port)"])
            environment["NO_PROXY"] = "example.com, localhost"
            #expect(try await status(url, environment: environment) == 200)
            #expect(proxy.targets.count == 1)

            environment["NO_PROXY"] = nil
            environment["https_proxy"] = "127.0.0.1:\(proxy.port)"
            let denied = try await failure(url, environment: environment)
            #expect(denied.code == .proxy && denied.message.contains("407"))
            environment["https_proxy"] = "http://me:secret@127.0.0.1:1"
            let absent = try await failure(url, environment: environment)
            #expect(absent.code == .proxy && absent.message.contains("http://127.0.0.1:1: connection refused"))
            #expect(!"\(absent)".contains("secret"))
            environment["https_proxy"] = "ftp://127.0.0.1:1"
            #expect(try await failure(url, environment: environment).code == .proxy)
            let refusing = try ConnectProxy.start(in: fixture, refuses: true)
            environment["https_proxy"] = refusing.url
            let refused = try await failure(url, environment: environment)
            #expect(refused.code == .proxy && refused.message.contains("refuses to connect to https://localhost"))
        }
    }

    @Test("a closed port, a name without address and a silent server are three things", .timeLimit(.minutes(1)))
    func absences() async throws {
        #expect(try await failure("http://127.0.0.1:1/").code == .connectionRefused)
        let unknown = try await failure("http://no-such-host.invalid/")
        #expect(unknown.code == .hostNotFound && unknown.message.contains("no-such-host.invalid"))
        try await withFixture { fixture in
            let silent = try SilentServer.start(in: fixture)
            let error = await #expect(throws: TransportError.self) {
                try await AsyncHTTPTransport.withTransport(logger: PullTests.logger) { transport in
                    var request = HTTPRequest(url: "http://127.0.0.1:\(silent.port)/")
                    request.replyTimeout = .milliseconds(200)
                    _ = try await transport.send(request)
                }
            }
            #expect(error?.code == .timedOut && error?.retryAdvice == .soon)
        }
    }

    @Test("a body that cannot be produced is not blamed on the network", .timeLimit(.minutes(1)))
    func brokenBody() async throws {
        struct Changed: Error {}
        try await withFixture { fixture in
            let silent = try SilentServer.start(in: fixture)
            await #expect(throws: Changed.self) {
                try await AsyncHTTPTransport.withTransport(logger: PullTests.logger) { transport in
                    let body = HTTPRequest.Body.stream(length: 10) {
                        AsyncThrowingStream { throw Changed() }
                    }
                    _ = try await transport.send(
                        HTTPRequest(method: .POST, url: "http://127.0.0.1:\(silent.port)/", body: body))
                }
            }
        }
    }
}
