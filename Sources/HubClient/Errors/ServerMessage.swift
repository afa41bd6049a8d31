internal import HubWire
internal import NIOCore
internal import NIOHTTP1

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a server says about its refusal: header, JSON in its usual shapes, or short plain text.
enum ServerMessage {
    private struct Body: Decodable {
        struct Item: Decodable { var message: String? }
        var error: Text?
        var error_description: String?
        var message: String?
        var errors: [Item]?
    }

    private enum Text: Decodable {
        case one(String)
        case many([String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .one(text)
            } else {
                self = .many(try container.decode([String].self))
            }
        }

        var joined: String {
            switch self {
            case .one(let text): text
            case .many(let texts): texts.joined(separator: "; ")
            }
        }
    }

    /// The message on one line, at most 500 characters; nil when there is none.
    static func text(of reply: HubReply) -> String? {
        var said = reply.headers.first(name: HubHeader.errorMessage)
        if said == nil, let body = try? JSONDecoder().decode(Body.self, from: Data(reply.bytes.prefix(1 << 16))) {
            said =
                body.error?.joined ?? body.error_description ?? body.message
                ?? body.errors?.compactMap(\.message).joined(separator: "; ")
        }
        if said == nil, reply.headers.first(name: "Content-Type")?.hasPrefix("text/plain") == true {
            said = String(validating: reply.bytes.prefix(300), as: UTF8.self)
        }
        // Line ends and control characters of a server do not belong on a user's terminal.
        let line = said?.unicodeScalars.prefix(500).map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }
            .joined()
        return line.flatMap { HubSettings.cleaned(token: $0) }
    }
}
