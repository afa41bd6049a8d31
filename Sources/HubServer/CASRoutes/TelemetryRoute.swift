import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /v1/telemetry`: performance summaries of clients, checked and dropped (xet-protocol §5.8).
extension CASRoutes {
    static let maximumTelemetryBody = 1 << 20

    private struct Summary: Decodable {
        var event: String
        var user_agent: String?
        var userAgent: String?
    }

    func telemetry(_ request: Request) async throws -> Response {
        _ = try authorize(request, .read)
        let body = try await BodyReceiver.collect(request, limit: Self.maximumTelemetryBody)
        guard let summary = try? JSONDecoder().decode(Summary.self, from: Data(body.readableBytesView)) else {
            throw CASRefusal(.badRequest, "the body is not a telemetry event")
        }
        guard summary.user_agent == nil || summary.userAgent == nil else {
            throw CASRefusal(.badRequest, "user_agent and userAgent are the same field; send one of them")
        }
        return Response(status: .ok)
    }
}
