public import NIOCore
internal import NIOHTTP1
internal import Transport
public import Xet

extension CASClient {
    /// Far above what a store tells about a chunk and its neighbours.
    private static let largestChunkReply = 16 << 20

    /// Asks where a chunk is stored (xet-protocol §5.5). The question only saves work, so it is not repeated.
    /// - Returns: the bytes of a shard, keyed as a rule; nil when the CAS does not know the chunk or does not tell.
    public func shard(holding chunk: ChunkHash) async throws -> ByteBuffer? {
        guard capabilities.offers(.chunks) else { return nil }
        let response = try await send(.GET, "/v1/chunks/default/\(chunk)", retrying: RetryPolicy.none)
        guard response.isSuccess else {
            await response.discard()
            // 404 is also the answer to a chunk that is not known, so it says nothing about the route.
            if [405, 501].contains(response.status) { capabilities.markMissing(.chunks) }
            return nil
        }
        return try await response.collect(upTo: Self.largestChunkReply)
    }

    /// Whether the CAS has a xorb that the token's repository may use; nil when it does not say.
    public func holds(_ xorb: XorbHash) async throws -> Bool? {
        let response = try await send(.HEAD, "/v1/xorbs/default/\(xorb)")
        await response.discard()
        return response.isSuccess ? true : response.status == 404 ? false : nil
    }
}
