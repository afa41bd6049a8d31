import Testing
import Xet

@Suite struct FileVectorTests {
    @Test("boundaries, chunk hashes, tree root and file hash", arguments: VectorSet.inputNames)
    func file(_ name: String) throws {
        let vector = try #require(VectorSet.shared?.inputs[name])
        let bytes = try vector.recipe.bytes()
        #expect(bytes.count == vector.size)
        let recorded = vector.chunks.map(\.chunk)
        #expect(bytes.chunked(slice: bytes.count) == recorded)
        // The result must not depend on how the input is sliced.
        #expect(bytes.chunked(slice: 4093) == recorded)

        var tree = MerkleTreeBuilder()
        recorded.forEach { tree.append($0) }
        #expect(tree.totalLength == UInt64(vector.size))
        #expect(tree.finish() == vector.chunkTreeRoot)
        #expect(XorbHash(of: recorded).retyped() == vector.chunkTreeRoot)
        #expect(FileHash(of: recorded) == vector.fileHash)
        #expect(FileHash(root: vector.chunkTreeRoot) == vector.fileHash)
    }

    @Test("the chunk stream finds the same chunks", arguments: VectorSet.inputNames)
    func stream(_ name: String) throws {
        let vector = try #require(VectorSet.shared?.inputs[name])
        let bytes = try vector.recipe.bytes()
        var stream = ChunkStream(capacity: 300_000)
        var found: [Chunk] = []
        var position = 0
        var isAtEnd = false
        while !isAtEnd {
            let read = stream.fill { space in
                let count = min(space.count, bytes.count - position, 77_777)
                space.copyBytes(from: bytes[position..<position + count])
                return count
            }
            position += read
            isAtEnd = read == 0
            stream.drain(atEnd: isAtEnd) { _, chunks in found += chunks }
        }
        #expect(found == vector.chunks.map(\.chunk))
    }

    @Test("a manifest of the file verifies", arguments: VectorSet.inputNames)
    func manifest(_ name: String) throws {
        let vector = try #require(VectorSet.shared?.inputs[name])
        let manifest = FileManifest(chunks: vector.chunks.map(\.chunk))
        let decoded = try manifest.encoded().withUnsafeBytes { bytes throws(XetFormatError) in
            try FileManifest(decoding: bytes)
        }
        #expect(decoded == manifest)
        try decoded.verify(vector.fileHash)
        #expect(decoded.totalLength == UInt64(vector.size))
    }

    @Test("tree roots and salted hashes of the reference's own cases", arguments: VectorSet.treeCases)
    func tree(_ vector: VectorSet.TreeCase) throws {
        var tree = MerkleTreeBuilder()
        for leaf in vector.nodes {
            tree.append(leaf.hash, length: leaf.size)
        }
        var copy = tree
        let root = tree.finish()
        #expect(root == vector.root)
        #expect(vector.salted.count > 0)
        for pair in vector.salted {
            let salt = try #require(HashingKey(pair[0]))
            let expected = try #require(FileHash(pair[1]))
            let salted: FileHash =
                vector.nodes.isEmpty ? .zero : withUnsafeBytes(of: root) { Blake3Hasher.hash($0, key: salt) }
            #expect(salted == expected)
            if salt.isZero {
                #expect(copy.finishFile() == expected)
            }
        }
    }
}

extension [UInt8] {
    /// The chunks of these bytes, scanned `slice` bytes at a time.
    func chunked(slice: Int) -> [Chunk] {
        withUnsafeBytes { bytes in
            var scanner = BoundaryScanner()
            var ends: [UInt64] = []
            var position = 0
            while position < bytes.count {
                let end = Swift.min(position + slice, bytes.count)
                scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[position..<end]), into: &ends)
                position = end
            }
            scanner.finish(into: &ends)
            var start = 0
            return ends.map { end in
                defer { start = Int(end) }
                let chunk = UnsafeRawBufferPointer(rebasing: bytes[start..<Int(end)])
                return Chunk(hash: ChunkHashing.hash(chunk), length: UInt32(chunk.count))
            }
        }
    }
}
