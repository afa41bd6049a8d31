import HTTPTypes
import Hummingbird
import NIOCore

/// A request the CAS does not serve: a status and one line of plain text (xet-protocol §5.1).
struct CASRefusal: Error, Sendable, CustomStringConvertible {
    var status: HTTPResponse.Status
    var text: String
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ text: String, headers: HTTPFields = [:]) {
        self.status = status
        self.text = text
        self.headers = headers
    }

    static let unknownRoute = CASRefusal(.notFound, "no such route")
    static let diskFull = CASRefusal(DiskFull.status, DiskFull.message)
    static let unknownFile = CASRefusal(.notFound, "no such file in this repository")

    var description: String { text }

    var response: Response {
        var response = Response.text(status, text)
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension Response {
    static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }
}
