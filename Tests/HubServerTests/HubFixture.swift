import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing
import Xet

@testable import HubServer

/// A hub on a scratch folder, with users: alice and bob may write, carol may read, root may do anything.
struct HubFixture: Sendable {
    let scratch: ScratchFolder
    let server: HubServer
    let tokens: [String: String]

    init(configure: (inout HubConfiguration) -> Void = { _ in }) throws {
        scratch = try ScratchFolder()
        var configuration = HubConfiguration(dataDirectory: scratch.url.appendingPathComponent("data").path)
        configuration.port = 0
        configure(&configuration)
        server = try HubServer(
            configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var tokens: [String: String] = [:]
        for (user, role) in [("alice", "write"), ("bob", "write"), ("carol", "read"), ("root", "admin")] {
            tokens[user] = try server.addToken(user: user, role: role)
        }
        self.tokens = tokens
    }

    /// Runs `body` against the hub on a real port.
    func run<Value: Sendable>(_ body: @Sendable (HubTestClient) async throws -> Value) async throws -> Value {
        try await server.calling { client in
            try await body(HubTestClient(client: client, tokens: tokens))
        }
    }
}

/// Makes a token by the hub's administration, as its commands do.
func makeToken(user: String, role: String, dataDirectory: String) throws -> String {
    let administration = try HubAdministration(dataDirectory: dataDirectory)
    let token = try administration.addToken(user: user, role: role)
    try administration.close()
    return token
}

/// Sends requests to a hub under test.
struct HubTestClient: Sendable {
    let client: HubCaller
    let tokens: [String: String]

    func send(
        _ method: HTTPRequest.Method, _ path: String, as user: String? = nil, headers: HTTPFields = [:],
        body: String? = nil
    ) async throws -> HubResponse {
        var headers = headers
        if let user { headers[.authorization] = "Bearer \(tokens[user] ?? user)" }
        return try await client.executeRequest(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
    }

    func get(_ path: String, as user: String? = nil, headers: HTTPFields = [:]) async throws -> HubResponse {
        try await send(.get, path, as: user, headers: headers)
    }

    func create(_ name: String, as user: String = "alice", isPrivate: Bool = false) async throws {
        let body = #"{"name":"\#(name)","organization":"\#(user)","visibility":"\#(isPrivate ? "private" : "public")"}"#
        let response = try await send(.post, "/api/repos/create", as: user, body: body)
        try #require(response.status == .ok, "\(String(buffer: response.body))")
    }

    /// Commits the lines and returns the reply.
    func commit(
        _ repo: String, as user: String = "alice", to revision: String = "main", parent: String? = nil,
        _ lines: [String]
    )
        async throws -> HubResponse
    {
        let parentField = parent.map { #","parentCommit":"\#($0)""# } ?? ""
        let header = #"{"key":"header","value":{"summary":"Change","description":""\#(parentField)}}"#
        return try await send(
            .post, "/api/models/\(repo)/commit/\(revision)", as: user,
            headers: [.contentType: "application/x-ndjson"], body: ([header] + lines).joined(separator: "\n"))
    }

    static func file(_ path: String, _ content: String) -> String {
        let encoded = (try? JSONEncoder().encode(path)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        let base64 = Data(content.utf8).base64EncodedString()
        return #"{"key": "file", "value": {"path": \#(encoded), "content": "\#(base64)", "encoding": "base64"}}"#
    }
}

extension HubResponse {
    var text: String { String(buffer: body) }

    var json: [String: Any] {
        get throws {
            try #require(
                try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any], "\(text)")
        }
    }

    var jsonArray: [[String: Any]] {
        get throws {
            try #require(
                try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [[String: Any]], "\(text)")
        }
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}
