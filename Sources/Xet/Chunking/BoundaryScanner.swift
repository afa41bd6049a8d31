import CKernels

/// Finds chunk ends in a stream (xet-protocol §1); the result does not depend on how the stream is sliced.
public struct BoundaryScanner: Sendable {
    private var state = shoal_gear_state()
    private var position: UInt64 = 0

    public init() {}

    /// Bytes scanned so far.
    public var scannedLength: UInt64 { position }

    /// Scans the next bytes of the stream and appends the ends, as offsets in the stream, of the chunks that finish in
    /// them.
    public mutating func scan(_ bytes: UnsafeRawBufferPointer, into ends: inout [UInt64]) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let length = min(bytes.count - done, Self.sliceLength)
            withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.sliceLength / XetLimits.minimumChunk + 1) {
                let count = shoal_gear_cut(&state, base + done, length, $0.baseAddress)
                for end in $0.prefix(count) {
                    ends.append(position + UInt64(end))
                }
            }
            done += length
            position += UInt64(length)
        }
    }

    /// Ends the stream: appends its length as the end of the last chunk if bytes are pending, and starts anew.
    public mutating func finish(into ends: inout [UInt64]) {
        if state.pending > 0 {
            ends.append(position)
        }
        self = BoundaryScanner()
    }

    private static let sliceLength = 4 << 20
}
