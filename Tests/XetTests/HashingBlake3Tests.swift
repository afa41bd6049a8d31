import CKernels
import Testing

@testable import Xet

/// Known answers from the reference implementation of BLAKE3.
@Suite struct HashingBlake3Tests {
    @Test(
        "keyed digests of counted bytes, at every level",
        arguments: [
            (0, "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"),
            (1, "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b"),
            (64, "ba8ced36f327700d213f120b1a207a3b8c04330528586f414d09f2f7d9ccb7e6"),
            (65, "c0a4edefa2d2accb9277c371ac12fcdbb52988a86edc54f0716e1591b4326e72"),
            (1023, "c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e"),
            (1024, "75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4"),
            (1025, "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69"),
            (2049, "9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5"),
            (3072, "044a0e7b172a312dc02a4c9a818c036ffa2776368d7f528268d2e6b5df191770"),
            (8193, "954a2a75420c8d6547e3ba5b98d963e6fa6491addc8c023189cc519821b4a1f5"),
            (31744, "efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419"),
            (102_400, "1c35d1a5811083fd7119f5d5d1ba027b4d01c0c6c49fb6ff2cf75393ea5db4a7"),
            (1_048_577, "a0c8e093827da3e07e22fa684eb60fc1600cf44c5036c80fb0b587d0f39ef421"),
        ])
    func knownAnswers(_ count: Int, _ hex: String) {
        let key = Array("whats the Elvish word for friend".utf8)
        let bytes = (0..<count).map { UInt8($0 % 251) }
        for level in KernelLevel.available {
            var digest = [UInt8](repeating: 0, count: 32)
            shoal_blake3_hash_many_at(level.code, key, bytes, [0], [count], 1, &digest)
            let hash = digest.withUnsafeBytes { SHA256Digest(loading: $0.baseAddress!) }
            #expect(hash.description == hex, "\(level)")
        }
        let keyed = key.withUnsafeBytes { HashingKey(loading: $0.baseAddress!) }
        var hasher = Blake3Hasher(key: keyed)
        var fork = hasher
        for start in stride(from: 0, to: count, by: 999) {
            bytes[start..<min(count, start + 999)].withUnsafeBytes { hasher.update($0) }
        }
        let streamed: NodeHash = hasher.finalize()
        #expect(plain(streamed) == hex)
        bytes.withUnsafeBytes { fork.update($0) }
        #expect(fork.finalize(as: NodeKind.self) == streamed)
    }

    @Test("chunk, range, node, file and keyed hashes use their own keys")
    func keys() throws {
        let one = chunkHash("one")
        let two = chunkHash("two")
        #expect(one.description == "5146e5568f27c08c0bbf4a9ac03985e761bc867a5a7a2cd3378812b805dccdc2")
        #expect(two.description == "2d48e8d2648a999b700b9c9f3908bc4326491dc9d63bea3f05aabd03bfcd90f6")
        #expect(
            RangeHash(of: [one, two]).description
                == "6bce0fd52ac8c4844eb844c96db0373e30a210ef6ab885c3996c3b7fef88cf90")
        #expect(
            RangeHash(of: []).description == "b81ce0cc7ce434c719c5f31801bc0825ead2a9ebae7419605afc00726961e5d9")
        let line = Array("\(one) : 3\n".utf8)
        let node: NodeHash = line.withUnsafeBytes { Blake3Hasher.hash($0, key: HashKey.node) }
        #expect(node.description == "b232d4f11fbbb18ece252821f3b90a584c3dc02545163772976b63b6a87b5a8b")
        let file: FileHash = one.bytes.withUnsafeBytes { Blake3Hasher.hash($0, key: HashKey.file) }
        #expect(file.description == "043ab28dcd93a3c53c4f5b5e8f251a2c4661213dfa45242b61974fa4ec400826")
        let key = (0..<32).map { UInt8($0) }.withUnsafeBytes { HashingKey(loading: $0.baseAddress!) }
        #expect(
            ChunkHashing.keyed(one, key: key).description
                == "82c03886a358a776054440d26a98d3d85217a6a26cebe21d6d4c1c16dac34e1e")
        #expect(ChunkHashing.keyed(one, key: .zero) == one)
    }

    @Test("a batch gives the hashes of its chunks one by one")
    func batch() {
        var random = KernelRandom.fresh()
        let bytes = random.bytes(600_000)
        let slices = random.slices(of: bytes.count, longest: 70_000)
        var hashes = [ChunkHash](repeating: .zero, count: slices.count)
        bytes.withUnsafeBytes { bytes in
            slices.map(\.lowerBound).withUnsafeBufferPointer { offsets in
                slices.map(\.count).withUnsafeBufferPointer { lengths in
                    hashes.withUnsafeMutableBufferPointer {
                        ChunkHashing.hash(
                            base: bytes.baseAddress!, offsets: offsets, lengths: lengths, into: $0.baseAddress!)
                    }
                }
            }
        }
        let alone = slices.map { slice in bytes[slice].withUnsafeBytes { ChunkHashing.hash($0) } }
        #expect(hashes == alone, "seed \(random.seed)")
    }

    private func chunkHash(_ text: String) -> ChunkHash {
        Array(text.utf8).withUnsafeBytes { ChunkHashing.hash($0) }
    }

    private func plain(_ hash: NodeHash) -> String? {
        hash.bytes.withUnsafeBytes { $0.baseAddress.map { SHA256Digest(loading: $0).description } }
    }
}
