internal import Xet

extension ChunkHashing {
    /// Hashes the chunks from number `first` on: chunk i, `lengths[i]` bytes at `base + offsets[i]`, into
    /// `hashes[i - first]`; `hashes` may be longer.
    static func hash(
        _ base: UnsafeRawPointer, offsets: [Int], lengths: [Int], from first: Int = 0, into hashes: inout [ChunkHash]
    ) {
        precondition(
            offsets.count == lengths.count && hashes.count >= lengths.count - first, "one hash for each chunk")
        offsets.withUnsafeBufferPointer { offsets in
            lengths.withUnsafeBufferPointer { lengths in
                hashes.withUnsafeMutableBufferPointer { hashes in
                    guard let target = hashes.baseAddress, first < lengths.count else { return }
                    hash(
                        base: base, offsets: .init(rebasing: offsets[first...]),
                        lengths: .init(rebasing: lengths[first...]), into: target)
                }
            }
        }
    }
}
