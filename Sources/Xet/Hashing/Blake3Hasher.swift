import CKernels

/// Keyed BLAKE3 over bytes that arrive in pieces: node texts, ranges, shards. A copy forks the computation.
///
/// The value is about 3 KiB; for chunks use ``ChunkHashing``, which hashes many side by side.
public struct Blake3Hasher: Sendable {
    private var state = shoal_blake3_hasher()

    public init(key: HashingKey) {
        withUnsafeBytes(of: key) { key in
            shoal_blake3_init(&state, key.baseAddress)
        }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        shoal_blake3_update(&state, bytes.baseAddress, bytes.count)
    }

    /// The digest of everything so far, as a hash of the kind that the key stands for.
    public func finalize<Kind>(as kind: Kind.Type = Kind.self) -> XetHash<Kind> {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digest in
            withUnsafePointer(to: state) { shoal_blake3_finish($0, digest.baseAddress) }
            return digest.baseAddress.map { XetHash(loading: $0) } ?? .zero
        }
    }

    /// One-shot form.
    public static func hash<Kind>(
        _ bytes: UnsafeRawBufferPointer, key: HashingKey, as kind: Kind.Type = Kind.self
    ) -> XetHash<Kind> {
        var hash = XetHash<Kind>.zero
        withUnsafeBytes(of: key) { key in
            withUnsafeMutableBytes(of: &hash) { hash in
                shoal_blake3_hash(key.baseAddress, bytes.baseAddress, bytes.count, hash.baseAddress)
            }
        }
        return hash
    }
}
