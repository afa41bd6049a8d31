internal import HubWire
public import NIOCore
internal import NIOHTTP1
internal import Transport

extension CASClient {
    private static let longestLine = 1 << 20

    /// Registers files: sends a shard in its upload form after all its xorbs are stored (xet-protocol §5.7).
    public func upload(shard: ByteBuffer) async throws {
        var attempt = 0
        while true {
            do {
                return try await uploadOnce(shard)
            } catch let error as CASError where error.isTransient && attempt < retryPolicy.retries {
                try await Task.sleep(for: retryPolicy.delay(attempt: attempt, headers: nil))
                attempt += 1
            }
        }
    }

    private func uploadOnce(_ shard: ByteBuffer) async throws {
        if capabilities.offers(.shardsV2) {
            let response = try await send(.POST, "/v2/shards", body: .bytes(shard))
            if response.isSuccess { return try await followProgress(response) }
            guard response.status == 404 || response.status == 501 else {
                throw await failure(response, doing: "a shard upload")
            }
            await response.discard()
            capabilities.markMissing(.shardsV2)
        }
        let response = try await send(.POST, "/v1/shards", body: .bytes(shard))
        guard response.isSuccess else { throw await failure(response, doing: "a shard upload") }
        let reply = try decode(
            ShardUploadReply.self, from: try await response.collect(upTo: 1 << 20), of: "the shard's reply")
        guard reply.result == 0 || reply.result == 1 else {
            throw CASError(code: .badReply, message: "the shard's reply has an unknown result", isTransient: true)
        }
    }

    private func followProgress(_ response: HTTPResponse) async throws {
        var pending = ByteBuffer()
        for try await var part in response.body {
            pending.writeBuffer(&part)
            while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let length = end - pending.readerIndex
                guard let line = pending.readSlice(length: length) else { break }
                pending.moveReaderIndex(forwardBy: 1)
                if try isFinal(line) { return }
            }
            pending.discardReadBytes()
            guard pending.readableBytes <= Self.longestLine else {
                throw CASError(code: .badReply, message: "a progress line of the shard upload is too long")
            }
        }
        if try isFinal(pending) { return }
        throw CASError(code: .badReply, message: "the shard upload ended without a result")
    }

    private func isFinal(_ line: ByteBuffer) throws -> Bool {
        guard line.readableBytesView.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) else {
            return false
        }
        let progress = try decode(ShardProgressLine.self, from: line, of: "a progress line")
        switch progress.type {
        case "result": return true
        case "error":
            throw CASError(
                code: .rejected, message: "the CAS refused the shard: \(progress.message ?? "no reason given")",
                isTransient: progress.retryable ?? false)
        default: return false
        }
    }
}
