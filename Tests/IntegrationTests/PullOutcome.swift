import Foundation
import TestSupport

/// What a pull says of itself.
struct PullOutcome: Decodable {
    var path: String
    var peerBytes: Int
    var hubBytes: Int

    enum CodingKeys: String, CodingKey {
        case path
        case peerBytes = "peer_bytes"
        case hubBytes = "hub_bytes"
    }

    init(_ result: ProcessResult) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(result.expecting(0).output.utf8))
    }
}

extension ShoalClient {
    /// Pulls `alice/model` and says what came from where.
    func pullModel(_ arguments: [String], timeout: Duration = .seconds(60)) async throws -> PullOutcome {
        try PullOutcome(try await run(["pull", "alice/model", "--json"] + arguments, timeout: timeout))
    }
}
