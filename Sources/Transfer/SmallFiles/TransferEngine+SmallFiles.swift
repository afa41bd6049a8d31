internal import ChunkStore
internal import Logging
public import NIOCore
internal import NIOPosix
internal import Transport
public import Xet
public import XetClient

/// The content of a small file in memory, which hashes to what was asked for.
public struct SmallFile: Sendable {
    public var bytes: ByteBuffer
    /// Its share of what travelled.
    public var packedBytes: UInt64
    public var chunkCount: Int
}

extension TransferEngine {
    /// Files above this many bytes are fetched one by one.
    public static let largestSmallFile: UInt64 = 128 << 10
    /// What one call of ``smallFiles(_:from:observer:)`` takes: files, so that their names fit into a request line, and
    /// bytes.
    public static let smallFilesAtOnce: (count: Int, bytes: UInt64) = (64, 2 << 20)

    /// Fetches several small files together: one question, and one ranged GET for all neighbours in a xorb.
    ///
    /// Each file is verified by the root over its chunks before it is given out. What cannot be had this way, for
    /// whatever reason, is absent from the result; fetched by itself it will tell why.
    public func smallFiles(
        _ requests: [XetFileRequest], from cas: CASClient, observer: any TransferObserver
    ) async -> [FileHash: SmallFile] {
        let total = requests.reduce(0) { $0 + Int(clamping: $1.size) }
        do {
            guard let plans = try await cas.reconstructions(of: requests.map(\.hash)) else { return [:] }
            let fetches = Set(plans.values.flatMap { plan in plan.terms.compactMap { plan.fetch(for: $0) } })
            // A plan that brings much more than was asked for is not worth its memory.
            let packed = fetches.reduce(UInt64(0)) { $0 + UInt64($1.bytes.count) }
            guard packed <= UInt64(total + total / 2 + XetLimits.maximumChunk) else { return [:] }
            // A connection first, then memory, as everywhere: two orders could wait for each other.
            return try await connections.withSlot(at: fetches.first?.url ?? "") { _ in
                // Packed, unpacked and handed out.
                try await memory.withReservation(4 * total) {
                    let ranges = await unpackedRanges(of: fetches, limit: 2 * total, from: cas, observer: observer)
                    return try await pool.runIfActive {
                        var files: [FileHash: SmallFile] = [:]
                        for request in requests {
                            guard let plan = plans[request.hash] else { continue }
                            files[request.hash] = Self.assemble(request, plan: plan, from: ranges)
                        }
                        return files
                    }
                }
            }
        } catch {
            logger.debug("small files are fetched one by one", metadata: ["reason": "\(error)"])
            return [:]
        }
    }

    /// Fetches the ranges one after the other; what fails is absent.
    /// - Parameter limit: bytes that they may unpack to together.
    private func unpackedRanges(
        of fetches: Set<Reconstruction.Fetch>, limit: Int, from cas: CASClient, observer: any TransferObserver
    ) async -> [Reconstruction.Fetch: UnpackedRange] {
        var ranges: [Reconstruction.Fetch: UnpackedRange] = [:]
        var left = limit
        for fetch in fetches {
            guard let range = try? await unpackedRange(of: fetch, limit: left, from: cas, observer: observer) else {
                continue
            }
            left -= range.pieces.reduce(0) { $0 + Int($1.chunk.length) }
            ranges[fetch] = range
        }
        return ranges
    }

    private func unpackedRange(
        of fetch: Reconstruction.Fetch, limit: Int, from cas: CASClient, observer: any TransferObserver
    ) async throws -> UnpackedRange {
        let response = try await cas.open(fetch.url, bytes: fetch.bytes, replyTimeout: settings.replyTimeout)
        let body = try await response.collect(upTo: fetch.bytes.count, silence: settings.stallTimeout)
        connections.limit(for: fetch.url).note(body.readableBytes)
        observer.travelled(UInt64(body.readableBytes))
        return try await pool.runIfActive { try UnpackedRange(fetch, body: body, limit: limit) }
    }

    /// Puts a file together and compares its hash.
    private static func assemble(
        _ request: XetFileRequest, plan: Reconstruction, from ranges: [Reconstruction.Fetch: UnpackedRange]
    ) -> SmallFile? {
        var bytes = ByteBuffer()
        var chunks: [Chunk] = []
        var packed: UInt64 = 0
        for term in plan.terms {
            guard let fetch = plan.fetch(for: term), let range = ranges[fetch] else { return nil }
            for index in term.chunks {
                let piece = range.pieces[Int(index - fetch.chunks.lowerBound)]
                guard bytes.readableBytes + Int(piece.chunk.length) <= Int(request.size) else { return nil }
                bytes.writeImmutableBuffer(piece.bytes)
                chunks.append(piece.chunk)
                packed += piece.packedBytes
            }
        }
        guard bytes.readableBytes == Int(request.size), FileHash(of: chunks) == request.hash else { return nil }
        return SmallFile(bytes: bytes, packedBytes: packed, chunkCount: chunks.count)
    }

    /// Writes a small file in one go, durably; the caller renames it.
    public func write(
        _ content: SmallFile, of request: XetFileRequest, into partial: PartialFile, observer: any TransferObserver
    ) async throws -> PullStatistics {
        try await pool.runIfActive {
            let file = try RandomAccessFile(path: partial.path, access: .update)
            try file.truncate(to: 0)
            try content.bytes.withUnsafeReadableBytes { try file.write($0, at: 0) }
            try file.synchronize()
        }
        observer.advanced(request.name, bytes: request.size)
        var statistics = PullStatistics()
        statistics.networkBytes = content.packedBytes
        statistics.verifiedChunks = UInt64(content.chunkCount)
        statistics.trust = .provisional
        return statistics
    }
}
