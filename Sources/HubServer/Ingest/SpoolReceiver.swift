import Crypto
import Hummingbird
import NIOCore
import NIOPosix
import Xet

/// Takes a request body of known size into a spool file and hashes it on the way, with about a mebibyte in memory.
enum SpoolReceiver {
    /// Bytes gathered before they are written in one go.
    private static let batchSize = 1 << 20

    /// Receives `size` bytes.
    /// - Parameter progress: is told how much of it is in the file, and may hold the body up.
    /// - Returns: their SHA-256.
    /// - Throws: ``HubFailure`` when the body has another length; nothing is read past `size`.
    static func receive(
        _ request: Request, into file: IncomingFile, size: UInt64, progress: SpoolProgress? = nil
    ) async throws -> Xet.SHA256Digest {
        if let announced = request.headers[.contentLength].flatMap({ UInt64($0) }), announced != size {
            throw wrongSize(announced, expected: size)
        }
        var state = SpoolState(file: file)
        var batch: [ByteBuffer] = []
        var length = 0
        for try await buffer in request.body {
            length += buffer.readableBytes
            guard state.written + UInt64(length) <= size else {
                throw wrongSize(state.written + UInt64(length), expected: size)
            }
            batch.append(buffer)
            guard length >= batchSize else { continue }
            state = try await state.writing(batch)
            try await progress?.wrote(upTo: Int(state.written))
            batch.removeAll(keepingCapacity: true)
            length = 0
        }
        if !batch.isEmpty {
            state = try await state.writing(batch)
            try await progress?.wrote(upTo: Int(state.written))
        }
        guard state.written == size else { throw wrongSize(state.written, expected: size) }
        return state.digest
    }

    private static func wrongSize(_ found: UInt64, expected: UInt64) -> HubFailure {
        HubFailure(
            .unprocessableContent, "The upload has \(found) bytes or more, \(expected) were announced",
            headers: [.connection: "close"])
    }
}

/// What has been written so far.
private struct SpoolState: Sendable {
    let file: IncomingFile
    private(set) var written: UInt64 = 0
    private var hasher = SHA256()

    init(file: IncomingFile) { self.file = file }

    var digest: Xet.SHA256Digest { Xet.SHA256Digest(hasher.finalize()) }

    func writing(_ batch: [ByteBuffer]) async throws -> SpoolState {
        try await ContentThreads.reading.runIfActive {
            var state = self
            for buffer in batch {
                try buffer.withUnsafeReadableBytes { bytes in
                    state.hasher.update(bufferPointer: bytes)
                    try state.file.file.write(bytes, at: Int(state.written))
                }
                state.written += UInt64(buffer.readableBytes)
            }
            return state
        }
    }
}

extension Xet.SHA256Digest {
    init(_ digest: SHA256.Digest) {
        self = digest.withUnsafeBytes { bytes in bytes.baseAddress.map(Self.init(loading:)) ?? .ofNothing }
    }
}
