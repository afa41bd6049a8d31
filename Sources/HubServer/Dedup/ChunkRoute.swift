import HTTPTypes
import Hummingbird
import NIOCore
import Xet

/// `GET /v1/chunks/{prefix}/{hash}`: global deduplication (xet-protocol §5.5). A chunk that the asker may not know of and
/// one that is not stored get the same answer.
extension CASRoutes {
    func chunk(_ request: Request, prefix: Substring, hash text: Substring) async throws -> Response {
        let claims = try authorize(request, .read)
        guard prefix == "default" || prefix == "default-merkledb" else {
            throw CASRefusal(.notFound, "unknown prefix")
        }
        let hash = try parse(text, as: ChunkHash.self, "chunk hash")
        let query = ChunkQuery(
            content: content, secrets: services.secrets, grace: services.configuration.garbageGrace)
        guard let shard = try await query.answer(hash, for: claims, now: ContentStore.now) else {
            throw CASRefusal(.notFound, "no such chunk")
        }
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: shard)))
    }
}
