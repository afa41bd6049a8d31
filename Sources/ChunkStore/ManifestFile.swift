public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A verified file manifest on disk, mapped into memory: chunk positions without a list that grows with the file.
///
/// The file has the manifest's wire form. Only the start of every 64th chunk is held in memory.
public final class ManifestFile: Sendable {
    private static let stride = 64

    // Proof of safety: the mapping is read-only, private to this object, and unmapped in deinit only.
    private nonisolated(unsafe) let base: UnsafeRawPointer
    private let mappedLength: Int
    private let starts: [UInt64]

    public let chunkCount: Int
    public let totalLength: UInt64

    /// Maps a manifest and checks all of it against the file's hash and size.
    /// - Returns: nil when the file is missing or does not prove itself; it may then be fetched anew.
    public init?(path: String, file hash: FileHash, size: UInt64) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > ManifestWire.headerSize else { return nil }
        let length = Int(status.st_size)
        guard let map = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), map != MAP_FAILED else { return nil }

        var builder = MerkleTreeBuilder()
        var starts: [UInt64] = []
        var position: UInt64 = 0
        var decoder = ManifestDecoder()
        do {
            try decoder.append(UnsafeRawBufferPointer(start: map, count: length)) { chunk in
                if builder.chunkCount % UInt64(Self.stride) == 0 { starts.append(position) }
                builder.append(chunk.hash, length: UInt64(chunk.length))
                position += UInt64(chunk.length)
            }
            try decoder.finish()
        } catch {
            munmap(map, length)
            return nil
        }
        chunkCount = Int(builder.chunkCount)
        guard position == size, FileHash(root: builder.finish()) == hash else {
            munmap(map, length)
            return nil
        }
        base = UnsafeRawPointer(map)
        mappedLength = length
        self.starts = starts
        totalLength = size
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: base), mappedLength) }

    /// The chunk at an index below ``chunkCount``.
    public subscript(index: Int) -> Chunk {
        precondition(index < chunkCount, "manifest index out of range")
        let record = base + ManifestWire.headerSize + index * ManifestWire.recordSize
        // All records were read once already; should the file have changed since, no chunk matches this one.
        return (try? ManifestWire.load(from: record)) ?? Chunk(hash: .zero, length: 0)
    }

    /// Where the chunk at an index below ``chunkCount`` starts in the file; O(1).
    public func offset(of index: Int) -> UInt64 {
        precondition(index < chunkCount, "manifest index out of range")
        var position = starts[index / Self.stride]
        for before in index / Self.stride * Self.stride..<index { position += UInt64(self[before].length) }
        return position
    }

    /// The index of the chunk that a file position lies in; O(log n).
    public func index(containing offset: UInt64) -> Int? {
        let next = starts.partitionPoint { $0 > offset }
        guard next > 0, offset < totalLength else { return nil }
        var index = (next - 1) * Self.stride
        var end = starts[next - 1] + UInt64(self[index].length)
        while end <= offset, index + 1 < chunkCount {
            index += 1
            end += UInt64(self[index].length)
        }
        return index
    }

    /// The index of the chunk that starts exactly at a file position; O(log n).
    public func index(startingAt offset: UInt64) -> Int? {
        let next = starts.partitionPoint { $0 > offset }
        guard next > 0 else { return nil }
        var index = (next - 1) * Self.stride
        var position = starts[next - 1]
        while position < offset, index < chunkCount {
            position += UInt64(self[index].length)
            index += 1
        }
        return position == offset && index < chunkCount ? index : nil
    }
}
