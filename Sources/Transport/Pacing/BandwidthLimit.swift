internal import NIOCore
internal import Synchronization

/// A number of bytes per second that all connections of a process share, one direction.
///
/// Bytes pass in small pieces in order of arrival, so that every connection gets its share and none falls silent for
/// long, however many there are.
public final class BandwidthLimit: Sendable {
    public let bytesPerSecond: Int
    /// When what was let through so far has had its time.
    private let paidUntil = Mutex<ContinuousClock.Instant?>(nil)

    /// What may pass at once after a pause.
    private static let credit = Duration.milliseconds(100)

    public init(bytesPerSecond: Int) { self.bytesPerSecond = max(1, bytesPerSecond) }

    /// What one connection takes at a time.
    var pieceBytes: Int { min(max(bytesPerSecond / 16, 1 << 10), 256 << 10) }

    /// Lets bytes pass if those before have had their time.
    package func takeIfDue(_ bytes: Int) -> Bool {
        let now = ContinuousClock.now
        return paidUntil.withLock { paid in
            guard (paid ?? now) <= now else { return false }
            paid = max(paid ?? now, now - Self.credit) + .seconds(1) * (Double(bytes) / Double(bytesPerSecond))
            return true
        }
    }

    /// Returns when a number of bytes may pass.
    package func take(_ bytes: Int) async throws {
        let now = ContinuousClock.now
        let turn = paidUntil.withLock { paid in
            let start = max(paid ?? now, now - Self.credit)
            let end = start + .seconds(1) * (Double(bytes) / Double(bytesPerSecond))
            paid = end
            return end
        }
        if turn > now { try await Task.sleep(until: turn, clock: .continuous) }
    }
}

/// The parts of a body, cut into pieces that a limit lets through one by one.
struct PacedPieces {
    private let limit: BandwidthLimit
    private var rest = ByteBuffer()

    init(_ limit: BandwidthLimit) { self.limit = limit }

    /// The next piece of the part in hand; nil when a new part is needed.
    mutating func next() async throws -> ByteBuffer? {
        guard let piece = rest.readSlice(length: min(limit.pieceBytes, rest.readableBytes)), piece.readableBytes > 0
        else { return nil }
        try await limit.take(piece.readableBytes)
        return piece
    }

    mutating func fill(_ part: ByteBuffer) { rest = part }
}
