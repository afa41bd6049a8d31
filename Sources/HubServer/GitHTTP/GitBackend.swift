import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix

/// Lets `git http-backend` answer a request over a copy of a repository (gitprotocol-http).
struct GitBackend: Sendable {
    let program: InstalledGit
    let logger: Logger

    private static let maximumHead = 16 << 10

    /// Answers with what git says; `body` is the request's, complete.
    func respond(
        to request: Request, path: String, query: String, mirror: GitMirror, body: IncomingFile?, length: Int
    ) async throws -> Response {
        var environment = InstalledGit.environment
        environment["GIT_PROJECT_ROOT"] = mirror.path
        environment["GIT_HTTP_EXPORT_ALL"] = "1"
        environment["PATH_INFO"] = "/" + path
        environment["QUERY_STRING"] = query
        environment["REQUEST_METHOD"] = request.method.rawValue
        environment["REMOTE_ADDR"] = "hub"
        environment["CONTENT_LENGTH"] = body == nil ? nil : "\(length)"
        environment["CONTENT_TYPE"] = request.headers[.contentType]
        environment["HTTP_CONTENT_ENCODING"] = request.headers[.contentEncoding]
        environment["GIT_PROTOCOL"] = request.headers[.gitProtocol].flatMap(Self.protocolVersion)
        let process = try await GitProcess.start(
            program.path, ["http-backend"], input: body?.file.descriptor, environment: environment)
        // The open descriptor must outlive the start alone; the child has its own by now.
        withExtendedLifetime(body) {}
        return try await answer(of: process)
    }

    /// Only what the protocol knows goes into a variable.
    private static func protocolVersion(_ header: String) -> String? {
        header.utf8.count <= 64 && header.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "=:".contains($0)) }
            ? header : nil
    }

    private func answer(of process: GitProcess) async throws -> Response {
        var seen = ByteBuffer()
        var end: (head: Int, body: Int)?
        while end == nil {
            guard seen.readableBytes <= Self.maximumHead, var piece = try await process.read() else {
                try await process.finish()
                throw GitFailure(status: 0, text: "git http-backend answered nothing")
            }
            seen.writeBuffer(&piece)
            end = Self.headEnd(seen.readableBytesView)
        }
        let head = String(decoding: seen.readableBytesView.prefix(end?.head ?? 0), as: UTF8.self)
        seen.moveReaderIndex(forwardBy: end?.body ?? 0)
        var status = HTTPResponse.Status.ok
        var headers: HTTPFields = [:]
        for line in head.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { continue }
            let value = parts[1].trimmingCharacters(in: .whitespaces)
            if parts[0].lowercased() == "status" {
                status = HTTPResponse.Status(code: value.split(separator: " ").first.flatMap { Int($0) } ?? 500)
            } else {
                headers[name] = value
            }
        }
        let first = seen
        return Response(
            status: status, headers: headers,
            body: ResponseBody { writer in
                if first.readableBytes > 0 { try await writer.write(first) }
                while let piece = try await process.read() { try await writer.write(piece) }
                do {
                    try await process.finish()
                } catch {
                    // The reply has begun; a cut connection is what tells git that it is not whole.
                    logger.warning("git failed", metadata: ["error": "\(error)"])
                    throw error
                }
                try await writer.finish(nil)
            })
    }

    /// Where the head ends and the body begins.
    private static func headEnd(_ bytes: ByteBufferView) -> (head: Int, body: Int)? {
        let newline = UInt8(ascii: "\n")
        var index = bytes.startIndex
        while let line = bytes[index...].firstIndex(of: newline) {
            var next = line + 1
            if next < bytes.endIndex, bytes[next] == UInt8(ascii: "\r") { next += 1 }
            if next < bytes.endIndex, bytes[next] == newline {
                return (line - bytes.startIndex, next + 1 - bytes.startIndex)
            }
            index = line + 1
        }
        return nil
    }
}

extension HTTPField.Name {
    static let gitProtocol = HTTPField.Name("Git-Protocol") ?? .via
}
