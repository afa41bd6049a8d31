internal import NIOCore
internal import Xet
internal import XetClient

/// A xorb builder on its round: being filled, being uploaded, free again.
///
/// Proof of `@unchecked Sendable`: the push hands a slot from the packing job to one upload task and takes it back when
/// that ended; while it is uploaded its body is only read.
final class XorbSlot: @unchecked Sendable {
    let builder: XorbBuilder

    init(maximumLength: Int) { builder = XorbBuilder(maximumLength: maximumLength) }

    /// Names the xorb and sums its body, ready for upload.
    func finished() -> XorbBody {
        let xorb = builder.finish()
        var checksum = CRC64NVME()
        builder.withBody { checksum.update($0) }
        return XorbBody(hash: xorb.hash, crc64NVME: checksum.value, length: xorb.packedLength) { [self] range in
            builder.withBody { ByteBuffer(bytes: $0[range]) }
        }
    }
}
