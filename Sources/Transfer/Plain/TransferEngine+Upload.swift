internal import ChunkStore
internal import NIOCore
internal import NIOPosix
internal import Synchronization
public import Transport

extension TransferEngine {
    private static let pieceBytes = 1 << 20
    /// Sends a range of a local file as the body of a request, again from its start after transient failures.
    /// - Parameters:
    ///   - request: its body is replaced.
    ///   - sent: told the bytes handed to the connection, less what an earlier try had handed over already.
    ///   - receive: reads the reply.
    public func upload<Reply: Sendable>(
        _ path: String, _ range: Range<UInt64>, by request: HTTPRequest, sent: @escaping @Sendable (Int) -> Void,
        receive: @escaping @Sendable (HTTPResponse) async throws -> Reply
    ) async throws -> Reply {
        let permit = try await permit(for: UInt64(2 * Self.pieceBytes), at: request.url)
        let file = try RandomAccessFile(path: path, access: .read)
        let shown = Atomic<UInt64>(0)
        let patience = settings.uploadPatience
        let reply = try await withStallWatchdog(patience, url: request.url, what: "an upload") { watchdog in
            var request = request
            request.body = .stream(length: Int64(range.count)) {
                let position = Mutex(range.lowerBound)
                return AsyncThrowingStream {
                    let start = position.withLock { position in
                        defer { position = min(position + UInt64(Self.pieceBytes), range.upperBound) }
                        return position
                    }
                    guard start < range.upperBound else { return nil }
                    let count = Int(min(UInt64(Self.pieceBytes), range.upperBound - start))
                    let piece = try await self.pool.runIfActive { try Self.read(file, start, count) }
                    watchdog.noteProgress()
                    permit.note(count)
                    let total = start + UInt64(count) - range.lowerBound
                    let before = shown.max(total, ordering: .relaxed).oldValue
                    if total > before { sent(Int(total - before)) }
                    return piece
                }
            }
            let response = try await self.transport.send(request, retrying: self.settings.retries)
            return try await receive(response)
        }
        withExtendedLifetime(permit) {}
        return reply
    }

    private static func read(_ file: RandomAccessFile, _ start: UInt64, _ count: Int) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        let got = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: start)
        }
        guard got == count else {
            throw TransferError(
                code: .changedWhileReading, message: "\(file.path) became shorter while it was being sent",
                hint: "wait until whatever writes it is done, then try again")
        }
        return buffer
    }
}
