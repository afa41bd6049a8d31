import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Xet

/// `GET /v1/manifests/{file}`: the file's chunk list in its compact wire form, so that a client can check each chunk
/// on arrival. The list proves itself against the file hash.
extension CASRoutes {
    func manifest(_ request: Request, file text: Substring) async throws -> Response {
        guard services.configuration.servesManifests else { throw CASRefusal.unknownRoute }
        let claims = try authorize(request, .read)
        let hash = try parse(text, as: FileHash.self, "file hash")
        guard let file = try await content.file(hash, linkedTo: claims.repo) else { throw CASRefusal.unknownFile }
        let length = ManifestWire.size(chunkCount: Int(file.chunkCount))
        let content = content
        let body = ResponseBody(contentLength: length) { writer in
            try await writer.write(ByteBuffer(bytes: ManifestWire.header(count: file.chunkCount)))
            for segment in file.recipe.segments {
                let records = try await ContentThreads.reading.runIfActive {
                    try Self.records(of: segment, in: content.index(of: file.object(of: segment.xorb)))
                }
                try await writer.write(records)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
    }

    private static func records(of segment: FileRecipe.Segment, in index: XorbIndex) throws -> ByteBuffer {
        guard index.contains(segment.chunks) else {
            throw ContentError.damagedMetadata("a recipe points outside xorb \(segment.xorb)")
        }
        let length = segment.chunks.count * ManifestWire.recordSize
        var records = ByteBufferAllocator().buffer(capacity: length)
        records.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            guard let base = target.baseAddress else { return 0 }
            for (position, chunk) in segment.chunks.enumerated() {
                ManifestWire.store(index.chunk(chunk), to: base + position * ManifestWire.recordSize)
            }
            return length
        }
        return records
    }
}
