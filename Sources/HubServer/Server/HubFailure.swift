import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import NIOCore

/// A request that is answered with an error status, by the rules of hub-api §1.11.
struct HubFailure: Error, Sendable {
    var status: HTTPResponse.Status
    /// Value of `X-Error-Code`, from which clients choose the exception they raise.
    var code: HubErrorCode?
    var message: String
    var headers: HTTPFields

    init(
        _ status: HTTPResponse.Status, code: HubErrorCode? = nil, _ message: String, headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    /// A missing repository, and just the same a private one that the caller may not see.
    static func repoNotFound(for caller: Caller) -> HubFailure {
        caller == .anonymous
            ? HubFailure(.unauthorized, code: .repoNotFound, "Repository not found: log in if it is private")
            : HubFailure(.notFound, code: .repoNotFound, "Repository not found")
    }

    static func revisionNotFound(_ revision: String) -> HubFailure {
        HubFailure(.notFound, code: .revisionNotFound, "Invalid rev id: \(revision)")
    }

    static func entryNotFound(_ message: String = "Entry not found", commit: GitObjectID) -> HubFailure {
        HubFailure(.notFound, code: .entryNotFound, message, headers: [.hubRepoCommit: "\(commit)"])
    }

    /// A repository that has another name now; clients follow this with the same method and body.
    static func moved(to location: String) -> HubFailure {
        HubFailure(.temporaryRedirect, "The repository has been renamed", headers: [.location: location])
    }

    /// A gated repository whose files the caller may not have; `isKnown` when we know who that is.
    static func gated(_ message: String, isKnown: Bool) -> HubFailure {
        HubFailure(isKnown ? .forbidden : .unauthorized, code: .gatedRepo, message)
    }

    static let badToken = HubFailure(.unauthorized, "Invalid credentials in Authorization header")

    /// A repository that is switched off; clients know it by these very words.
    static let disabled = HubFailure(.forbidden, "Access to this resource is disabled.")

    static let notFound = HubFailure(.notFound, "Not found")

    static func methodNotAllowed(_ allowed: String) -> HubFailure {
        HubFailure(.methodNotAllowed, "Method not allowed", headers: [.allow: allowed])
    }

    static func badRequest(_ message: String) -> HubFailure { HubFailure(.badRequest, message) }

    static func tooLarge(_ message: String) -> HubFailure { HubFailure(.contentTooLarge, message) }

    var response: Response {
        var fields = headers
        fields[.contentType] = "application/json; charset=utf-8"
        // A header takes visible ASCII; the body has the message as it is.
        let line = String(
            decoding: message.utf8.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        fields[.hubErrorMessage] = line
        if let code { fields[.hubErrorCode] = code.rawValue }
        let body = (try? JSONEncoder().encode(["error": message])) ?? Data(#"{"error":"error"}"#.utf8)
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension HTTPField.Name {
    /// A name of ours; a name that is no header token falls back to one that nobody reads.
    private static func hub(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .via }

    static let hubRepoCommit = hub(HubHeader.repoCommit)
    static let hubLinkedETag = hub(HubHeader.linkedETag)
    static let hubLinkedSize = hub(HubHeader.linkedSize)
    static let hubXetHash = hub(HubHeader.xetHash)
    static let hubXetRefreshRoute = hub(HubHeader.xetRefreshRoute)
    static let hubXetCASURL = hub(HubHeader.xetCASURL)
    static let hubXetAccessToken = hub(HubHeader.xetAccessToken)
    static let hubXetTokenExpiration = hub(HubHeader.xetTokenExpiration)
    static let hubErrorCode = hub(HubHeader.errorCode)
    static let hubErrorMessage = hub(HubHeader.errorMessage)
    static let hubRequestID = hub(HubHeader.requestID)
    static let amazonTraceID = hub("x-amzn-trace-id")
    static let forwardedProto = hub("x-forwarded-proto")
    static let link = hub("Link")
}
