import Foundation
import Logging
import Transfer
import Transport

@testable import HubClient

/// Runs `body` with a hub client against a server, and a folder for its cache.
func withHub<R: Sendable>(
    _ handler: @escaping FakeHub.Handler, settings adjust: (inout HubSettings) -> Void = { _ in },
    _ body: (Hub, FakeHub, TemporaryFolder) async throws -> R
) async throws -> R {
    let folder = try TemporaryFolder()
    return try await FakeHub.withServer(handler) { server in
        try await withHub(endpoint: server.url, folder: folder, settings: adjust) { hub in
            try await body(hub, server, folder)
        }
    }
}

func withHub<R: Sendable>(
    endpoint: String, folder: TemporaryFolder, settings adjust: (inout HubSettings) -> Void = { _ in },
    _ body: (Hub) async throws -> R
) async throws -> R {
    var settings = HubSettings(environment: ["HF_ENDPOINT": endpoint, "HF_HOME": folder.path], home: folder.path)
    settings.token = "hf_secret"
    adjust(&settings)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return try await AsyncHTTPTransport.withTransport(logger: logger) { transport in
        let engine = TransferEngine(transport: transport, logger: logger)
        return try await body(Hub(settings: settings, transport: transport, engine: engine, logger: logger))
    }
}

/// Expects an error of the given code and returns it.
func hubError(_ code: HubError.Code, _ body: () async throws -> Void) async throws -> HubError {
    struct NoError: Error, CustomStringConvertible { var description: String }
    do {
        try await body()
    } catch let error as HubError {
        guard error.code == code else {
            throw NoError(description: "\(error.code.rawValue), not \(code.rawValue): \(error)")
        }
        return error
    }
    throw NoError(description: "nothing was thrown, expected \(code.rawValue)")
}
