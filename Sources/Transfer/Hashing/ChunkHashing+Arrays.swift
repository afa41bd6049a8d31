internal import Xet

extension ChunkHashing {
    /// Hashes chunk i, `lengths[i]` bytes at `base + offsets[i]`, into `hashes[i]`; `hashes` may be longer.
    static func hash(_ base: UnsafeRawPointer, offsets: [Int], lengths: [Int], into hashes: inout [ChunkHash]) {
        precondition(offsets.count == lengths.count && hashes.count >= lengths.count, "one hash for each chunk")
        offsets.withUnsafeBufferPointer { offsets in
            lengths.withUnsafeBufferPointer { lengths in
                hashes.withUnsafeMutableBufferPointer { hashes in
                    guard let target = hashes.baseAddress, !lengths.isEmpty else { return }
                    hash(base: base, offsets: offsets, lengths: lengths, into: target)
                }
            }
        }
    }
}
