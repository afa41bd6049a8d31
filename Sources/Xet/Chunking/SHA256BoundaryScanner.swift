import CKernels

/// Finds chunk ends and the SHA-256 of a stream in one pass, on processors that can do both in the time of the second.
public struct SHA256BoundaryScanner: Sendable {
    /// Whether this processor can; where not, `BoundaryScanner` beside a library's SHA-256 does the same.
    public static let isAvailable = shoal_sha256_gear_is_available()

    private var state = shoal_sha256_gear_hasher()

    public init() {
        precondition(Self.isAvailable, "this processor has no instructions for SHA-256")
        shoal_sha256_gear_init(&state)
    }

    /// Scans the next bytes of the stream and appends the ends, as offsets in the stream, of the chunks that finish in
    /// them.
    public mutating func scan(_ bytes: UnsafeRawBufferPointer, into ends: inout [UInt64]) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let position = state.length
            let length = min(bytes.count - done, Self.sliceLength)
            withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.sliceLength / XetLimits.minimumChunk + 1) {
                let count = shoal_sha256_gear_update(&state, base + done, length, $0.baseAddress)
                for end in $0.prefix(count) { ends.append(position + UInt64(end)) }
            }
            done += length
        }
    }

    /// Ends the stream: appends its length as the end of the last chunk if bytes are pending.
    public mutating func finish(into ends: inout [UInt64]) -> SHA256Digest {
        if state.gear.pending > 0 { ends.append(state.length) }
        state.gear.pending = 0
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { bytes in
            guard let base = bytes.baseAddress else { return .ofNothing }
            shoal_sha256_gear_finish(&state, base)
            return SHA256Digest(loading: base)
        }
    }

    private static let sliceLength = 4 << 20
}
