import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Xet

/// Takes a request body into a file, with a bounded amount of it in memory.
struct BodyReceiver {
    /// The longest xorb body accepted: 64 MiB of chunks, their headers, and the footer old clients append.
    static let maximumXorbBody = XetLimits.maximumXorbBytes + XetLimits.maximumXorbChunks * 48 + 4096
    static let maximumShardBody = XetLimits.maximumShardBytes

    /// Bytes gathered before they are written in one go.
    private static let batchSize = 1 << 20

    struct Received: Sendable {
        var length: Int
        var crc: UInt64
    }

    /// Takes at most `limit` bytes; a longer body is refused before more of it is read.
    static func receive(_ request: Request, into file: IncomingFile, limit: Int) async throws -> Received {
        try checkLength(of: request, limit: limit)
        var crc = CRC64NVME()
        var written = 0
        var batch: [ByteBuffer] = []
        var batchLength = 0
        for try await buffer in request.body {
            guard written + batchLength + buffer.readableBytes <= limit else { throw tooLong(limit) }
            batchLength += buffer.readableBytes
            batch.append(buffer)
            if batchLength >= batchSize {
                crc = try await write(batch, at: written, to: file, crc: crc)
                written += batchLength
                batch.removeAll(keepingCapacity: true)
                batchLength = 0
            }
        }
        crc = try await write(batch, at: written, to: file, crc: crc)
        return Received(length: written + batchLength, crc: crc.value)
    }

    /// Refuses a request that announces too much before any of its body is read.
    static func checkLength(of request: Request, limit: Int) throws(CASRefusal) {
        guard let announced = request.headers[.contentLength].flatMap({ Int($0) }) else { return }
        guard announced <= limit else { throw tooLong(limit) }
    }

    /// Collects a small body.
    static func collect(_ request: Request, limit: Int) async throws -> ByteBuffer {
        try checkLength(of: request, limit: limit)
        do {
            return try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw tooLong(limit)
        }
    }

    private static func tooLong(_ limit: Int) -> CASRefusal {
        CASRefusal(.contentTooLarge, "the body is longer than \(limit) bytes", headers: [.connection: "close"])
    }

    private static func write(
        _ batch: [ByteBuffer], at offset: Int, to file: IncomingFile, crc: CRC64NVME,
    ) async throws -> CRC64NVME {
        guard !batch.isEmpty else { return crc }
        return try await ContentThreads.reading.runIfActive {
            var crc = crc
            var position = offset
            for buffer in batch {
                try buffer.withUnsafeReadableBytes { bytes in
                    crc.update(bytes)
                    try file.file.write(bytes, at: position)
                }
                position += buffer.readableBytes
            }
            return crc
        }
    }
}
