internal import Foundation
internal import HTTPTypes
internal import HubWire
internal import Hummingbird
internal import NIOCore

extension Request {
    /// Bytes that the body of a request to the control API may have.
    private static let largestBody = 64 << 10

    /// The JSON that was sent.
    /// - Throws: ``AgentFailure``.
    func jsonBytes() async throws(AgentFailure) -> [UInt8] {
        guard headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
            throw AgentFailure(
                status: .unsupportedMediaType, code: "unsupported_media_type", message: "the body must be JSON",
                hint: "send 'Content-Type: application/json'")
        }
        return try await bodyBytes()
    }

    /// The object that was sent, with these members and no others; an empty one when there is no body.
    /// - Throws: ``AgentFailure``.
    func jsonMembers(of known: Set<String>, isNeeded: Bool = true) async throws(AgentFailure) -> MemberReader {
        let bytes = isNeeded || headers[.contentType] != nil ? try await jsonBytes() : try await bodyBytes()
        if bytes.isEmpty, !isNeeded { return MemberReader(object: [:]) }
        return try MemberReader(json: bytes, members: known)
    }

    private func bodyBytes() async throws(AgentFailure) -> [UInt8] {
        do {
            return Array(try await body.collect(upTo: Self.largestBody).readableBytesView)
        } catch {
            throw .tooLarge(Self.largestBody)
        }
    }
}

extension MemberReader {
    /// Reads an object that has these members and no others.
    /// - Throws: ``AgentFailure`` with code `bad_request`.
    init(json bytes: [UInt8], members: Set<String>) throws(AgentFailure) {
        guard let json = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)), case .object(let object) = json
        else { throw .badRequest("the body is not a JSON object") }
        if let unknown = object.keys.sorted().first(where: { !members.contains($0) }) {
            throw .badRequest(
                "there is no member '\(unknown)'", hint: "the members are \(members.sorted().joined(separator: ", "))")
        }
        self.init(object: object)
    }
}
