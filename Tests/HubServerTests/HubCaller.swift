import AsyncHTTPClient
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import Testing

@testable import HubServer

/// What a hub under test replied.
struct HubResponse: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: ByteBuffer
}

/// Sends requests to a hub under test.
///
/// The clients of Hummingbird's own tests give up after 15 seconds, which a request of many megabytes may need where
/// all suites share two busy cores.
struct HubCaller: Sendable {
    typealias Execute = @Sendable (String, HTTPRequest.Method, HTTPFields, ByteBuffer?) async throws -> HubResponse

    /// nil where no socket is between.
    let port: Int?
    private let execute: Execute

    init(_ client: any TestClientProtocol) {
        port = client.port
        execute = { uri, method, headers, body in
            let reply = try await client.executeRequest(uri: uri, method: method, headers: headers, body: body)
            return HubResponse(status: reply.status, headers: reply.headers, body: reply.body)
        }
    }

    init(_ client: HTTPClient, port: Int) {
        self.port = port
        execute = { uri, method, headers, body in
            var request = HTTPClientRequest(url: "http://localhost:\(port)\(uri)")
            request.method = HTTPMethod(rawValue: method.rawValue)
            for field in headers { request.headers.add(name: field.name.rawName, value: field.value) }
            request.body = body.map { .bytes($0) }
            let reply = try await client.execute(request, deadline: .now() + .minutes(3))
            var fields = HTTPFields()
            for (name, value) in reply.headers {
                guard let name = HTTPField.Name(name) else { continue }
                fields.append(HTTPField(name: name, value: value))
            }
            let bytes = try await reply.body.collect(upTo: .max)
            return HubResponse(status: .init(code: Int(reply.status.code)), headers: fields, body: bytes)
        }
    }

    func executeRequest(
        uri: String, method: HTTPRequest.Method, headers: HTTPFields, body: ByteBuffer?
    ) async throws -> HubResponse {
        try await execute(uri, method, headers, body)
    }
}

extension HubServer {
    /// Runs `body` against the hub on a real port.
    func calling<Value: Sendable>(_ body: @Sendable (HubCaller) async throws -> Value) async throws -> Value {
        try await application().test(.ahc()) { idle in
            let port = try #require(idle.port)
            let client = HTTPClient(eventLoopGroupProvider: .singleton)
            let value: Value
            do {
                value = try await body(HubCaller(client, port: port))
            } catch {
                try? await client.shutdown()
                throw error
            }
            try await client.shutdown()
            return value
        }
    }
}
