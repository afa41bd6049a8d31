internal import ChunkStore
internal import Xet

/// Compares a local file with a chunk list, chunk by chunk, up to the first that differs.
///
/// Proof of `@unchecked Sendable`: one job at a time calls ``step()``, and each is awaited before the next.
final class ChunkComparison: @unchecked Sendable {
    /// What is looked at in one step, at most.
    static let memory = batchBytes + XetLimits.maximumChunk
    private static let batchBytes = 2 << 20

    private let source: SequentialFile
    private let list: ManifestFile
    private let window: FileWindow?
    private var buffer: UnsafeMutableRawBufferPointer?
    private var next = 0
    private var offsets: [Int] = []
    private var lengths: [Int] = []
    private var hashes: [ChunkHash] = []
    /// Whether all chunks were as the list says so far.
    private(set) var isSame: Bool

    init(path: String, list: ManifestFile) throws {
        source = try SequentialFile(path: path)
        self.list = list
        window = FileWindow(capacity: Self.memory)
        isSame = source.size == list.totalLength
    }

    deinit { buffer?.deallocate() }

    /// Compares the next chunks.
    /// - Returns: their bytes; nil at the end, or after a difference.
    /// - Throws: ``TransferError`` when the file is written to meanwhile.
    func step() throws -> UInt64? {
        guard isSame else { return nil }
        let first = next
        var count = 0
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        while next < list.chunkCount, count < Self.batchBytes {
            offsets.append(count)
            lengths.append(Int(list[next].length))
            count += lengths[next - first]
            next += 1
        }
        guard count > 0 else {
            try source.checkUnchanged(isStrict: true)
            return nil
        }
        let bytes = try take(count)
        guard let base = bytes.baseAddress else { return nil }
        if hashes.count < lengths.count { hashes = Array(repeating: .zero, count: lengths.count) }
        ChunkHashing.hash(base, offsets: offsets, lengths: lengths, into: &hashes)
        if let window, window.isTorn { throw source.changed }
        isSame = lengths.indices.allSatisfy { hashes[$0] == list[first + $0].hash }
        return isSame ? UInt64(count) : nil
    }

    /// What the file is, if all of it is as the list says and nothing has changed since it was opened.
    var identity: FileIdentity? { isSame ? source.steadyIdentity : nil }

    private func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        if let window, let view = source.show(from: source.position, next: count, in: window) { return view }
        let buffer = self.buffer ?? .allocate(byteCount: Self.memory, alignment: 64)
        self.buffer = buffer
        var filled = 0
        while filled < count {
            let got = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<count]))
            guard got > 0 else { throw source.changed }
            filled += got
        }
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }
}
