import HTTPTypes
import HubWire
import Hummingbird
import NIOPosix
import Xet

/// Direct xorb upload, and existence (xet-protocol §5.6).
extension CASRoutes {
    /// `POST /v1/xorbs/default/{hash}`.
    func uploadXorb(_ request: Request, prefix: Substring, hash text: Substring) async throws -> Response {
        let claims = try authorize(request, .write)
        try requireDefault(prefix: prefix)
        let hash = try parse(text, as: XorbHash.self, "xorb hash")
        let file = try await ContentThreads.reading.runIfActive { [content] in try content.objects.makeIncoming() }
        let received = try await BodyReceiver.receive(request, into: file, limit: BodyReceiver.maximumXorbBody)
        // Only a repository that has the xorb may learn that it is stored: everyone else's bytes are checked like new.
        if try await content.holds(hash, repo: claims.repo) {
            return try Self.json(XorbUploadReply(wasInserted: false))
        }
        let isNew = try await content.admit(file, as: hash, length: received.length, for: claims)
        return try Self.json(XorbUploadReply(wasInserted: isNew))
    }

    /// `HEAD /v1/xorbs/default/{hash}`: whether the token's repository has the xorb.
    func xorbHead(_ request: Request, prefix: Substring, hash text: Substring) async throws -> Response {
        let claims = try authorize(request, .read)
        try requireDefault(prefix: prefix)
        let hash = try parse(text, as: XorbHash.self, "xorb hash")
        guard let standing = try await content.standing(of: hash, repo: claims.repo), standing.isLinked,
            !standing.row.isBad
        else { return Response(status: .notFound) }
        let found = try await ContentThreads.reading.runIfActive { [content] in
            try content.objects.holds(standing.key) ? content.indices.index(of: standing.key) : nil
        }
        guard let index = found else { return Response(status: .notFound) }
        return Response(status: .ok, headers: [.contentLength: "\(index.bodyLength)"])
    }
}
