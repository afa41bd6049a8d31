internal import NIOCore
internal import NIOPosix
internal import Xet
internal import XetClient

/// A xorb builder on its round: being filled, being uploaded, free again.
///
/// Proof of `@unchecked Sendable`: the push hands a slot from the packing job to one upload task and takes it back when
/// that ended; while it is uploaded its body is only read.
final class XorbSlot: @unchecked Sendable {
    let builder: XorbBuilder
    private let pieces = PieceRing()

    init(maximumLength: Int) { builder = XorbBuilder(maximumLength: maximumLength) }

    /// Names the xorb, ready for upload.
    /// - Parameter pool: where its body is summed up.
    func finished(on pool: NIOThreadPool) -> XorbBody {
        let xorb = builder.finish()
        return XorbBody(
            hash: xorb.hash, length: xorb.packedLength,
            checksum: { [self] in
                try await pool.runIfActive {
                    var checksum = CRC64NVME()
                    self.builder.withBody { checksum.update($0) }
                    return checksum.value
                }
            },
            read: { [self] range in builder.withBody { pieces.copy(of: UnsafeRawBufferPointer(rebasing: $0[range])) } })
    }
}

/// The slots of a push, made when first needed.
struct XorbSlots {
    let limit: Int
    let maximumLength: Int
    private var made = 0

    init(limit: Int, maximumLength: Int) {
        self.limit = limit
        self.maximumLength = maximumLength
    }

    /// A new slot, while the limit allows one.
    mutating func take() -> XorbSlot? {
        guard made < limit else { return nil }
        made += 1
        return XorbSlot(maximumLength: maximumLength)
    }
}
