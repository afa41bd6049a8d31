import Crypto
import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import NIOCore

/// The files that pages are dressed with; part of the program, so that it stays one file.
enum Assets {
    private static func version(_ text: String) -> String {
        String(Hex.encode(Array(SHA256.hash(data: Data(text.utf8)))).prefix(12))
    }

    /// Their names change with their content, so browsers may keep them for good.
    static let stylesheetPath = "/assets/shoal-\(version(Stylesheet.text)).css"
    static let iconPath = "/assets/shoal-\(version(iconFile)).svg"

    static func response(_ name: String, _ request: Request) throws -> Response {
        let (type, text): (String, String)
        switch "/assets/" + name {
        case stylesheetPath: (type, text) = ("text/css; charset=utf-8", Stylesheet.text)
        case iconPath: (type, text) = ("image/svg+xml", iconFile)
        default: throw HubFailure.notFound
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "public, max-age=31536000, immutable",
                .xContentTypeOptions: "nosniff",
                .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    // MARK: Drawings

    /// Three fish, the small ones after the large one.
    private static let fish =
        "<path d=\"M3 12c3-5 9-6 13-2l4-3v10l-4-3c-4 4-10 3-13-2z\"/><circle cx=\"7.5\" cy=\"11\" r=\"1\" class=\"eye\"/>"

    static let mark = HTML(
        trusted:
            "<svg class=\"mark\" viewBox=\"0 0 24 24\" width=\"26\" height=\"26\" aria-hidden=\"true\">\(fish)</svg>")

    private static let iconFile =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\"><style>path{fill:#0e7c86}circle{fill:#fff}"
        + "</style>\(fish)</svg>\n"

    private static func line(_ path: String) -> HTML {
        HTML(
            trusted: "<svg class=\"icon\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" aria-hidden=\"true\">"
                + "<path d=\"\(path)\"/></svg>")
    }

    static let folder = line("M1.5 3.5h4l1.5 2h7.5v7.5h-13z")
    static let file = line("M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3")
    static let download = line("M8 2v8M4.5 6.8 8 10.3l3.5-3.5M2.5 13.5h11")

    static func icon(_ type: RepoType) -> HTML {
        switch type {
        case .model: line("M8 1.5l6 3.25v6.5L8 14.5l-6-3.25v-6.5zM2 4.75l6 3.25 6-3.25M8 8v6.5")
        case .dataset:
            line("M2.5 4c0-3.2 11-3.2 11 0v8c0 3.2-11 3.2-11 0zM2.5 4c0 3.2 11 3.2 11 0M2.5 8c0 3.2 11 3.2 11 0")
        case .space: line("M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z")
        }
    }
}
