internal import Hummingbird
internal import NIOCore

/// Sends the bytes of a file to a client and keeps back the last of them until all have been proven: what was not must
/// not look complete.
struct HeldWriter {
    /// Bytes that are kept back.
    private static let tail: UInt64 = 1 << 10

    private var writer: any ResponseBodyWriter
    private var left: UInt64
    private var held = ByteBuffer()
    private let board: ActivityBoard
    /// Whether bytes have gone out that nothing had proven.
    private(set) var hasSentUnproven = false

    init(_ writer: any ResponseBodyWriter, count: UInt64, board: ActivityBoard) {
        self.writer = writer
        left = count
        self.board = board
    }

    /// - Parameter isProven: whether these bytes are right, whatever comes after them.
    mutating func write(_ part: ByteBuffer, isProven: Bool) async throws {
        var part = part
        guard !isProven else { return try await send(part) }
        let free = left > Self.tail ? left - Self.tail : 0
        if let now = part.readSlice(length: Int(min(free, UInt64(part.readableBytes)))), now.readableBytes > 0 {
            hasSentUnproven = true
            try await send(now)
        }
        held.writeBuffer(&part)
    }

    private mutating func send(_ part: ByteBuffer) async throws {
        let count = UInt64(part.readableBytes)
        left -= min(left, count)
        try await writer.write(part)
        board.add { $0.toClients += count }
    }

    /// Everything has been proven.
    mutating func finish() async throws {
        if held.readableBytes > 0 { try await send(held) }
        held = ByteBuffer()
        try await writer.finish(nil)
    }
}
