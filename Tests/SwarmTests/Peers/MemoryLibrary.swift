import NIOCore
import Swarm
import SwarmWire
import Synchronization
import TestSupport
import Xet

/// A file in memory, cut into chunks.
struct MemoryFile: Sendable {
    let bytes: ByteBuffer
    let manifest: FileManifest
    let hash: FileHash
    /// Where each chunk begins, and the end.
    let offsets: [Int]
    /// The xorbs in which the chunks lie, one after the other.
    let xorbs: [(hash: XorbHash, chunks: Range<Int>)]

    /// - Parameters:
    ///   - chunkBytes: the length of every chunk but the last.
    ///   - xorbChunks: chunks of every xorb but the last.
    init(_ content: [UInt8], chunkBytes: Int = 64 << 10, xorbChunks: Int = .max) {
        bytes = ByteBuffer(bytes: content)
        var chunks: [Chunk] = []
        var offsets = [0]
        content.withUnsafeBytes { content in
            for start in stride(from: 0, to: content.count, by: chunkBytes) {
                let part = UnsafeRawBufferPointer(rebasing: content[start..<min(start + chunkBytes, content.count)])
                chunks.append(Chunk(hash: ChunkHashing.hash(part), length: UInt32(part.count)))
                offsets.append(start + part.count)
            }
        }
        manifest = FileManifest(chunks: chunks)
        hash = manifest.fileHash
        self.offsets = offsets
        xorbs = stride(from: 0, to: chunks.count, by: min(xorbChunks, chunks.count)).map { start in
            let range = start..<min(start + min(xorbChunks, chunks.count), chunks.count)
            return (XorbHash(of: chunks[range]), range)
        }
    }

    init(count: Int, seed: UInt64, chunkBytes: Int = 64 << 10, xorbChunks: Int = .max) {
        self.init(
            SampleContent.random.bytes(count, seed: seed), chunkBytes: chunkBytes, xorbChunks: xorbChunks)
    }

    var chunkCount: UInt32 { UInt32(manifest.chunks.count) }

    func bytes(of chunks: Range<UInt32>) -> ByteBuffer {
        let (start, end) = (offsets[Int(chunks.lowerBound)], offsets[Int(chunks.upperBound)])
        return bytes.getSlice(at: start, length: end - start) ?? ByteBuffer()
    }
}

/// Files in memory that peers may have, with knobs for what goes wrong.
final class MemoryLibrary: SeedLibrary {
    struct Held: Sendable {
        var file: MemoryFile
        var key: FileKey
        var ranges: ChunkRanges
        var audience: @Sendable (Audience) -> Bool
    }

    struct State: Sendable {
        var held: [FileHash: Held] = [:]
        var listeners: [AsyncStream<SeedChange>.Continuation] = []
        /// Before each answer.
        var delay: Duration = .zero
        /// Before it is told which file a swarm has.
        var lookupDelay: Duration = .zero
        var reads = 0
        /// Whether it tells manifests; else it has the lists of xorbs only.
        var hasManifests = true
        /// Whether one chunk of each such list is another.
        var spoilsLists = false
    }

    let state = Mutex(State())

    init(_ files: MemoryFile...) {
        for file in files { add(file) }
    }

    func add(
        _ file: MemoryFile, ranges: ChunkRanges? = nil, secret: SwarmSecret? = nil,
        for audience: @escaping @Sendable (Audience) -> Bool = { _ in true }
    ) {
        state.withLock { state in
            state.held[file.hash] = Held(
                file: file, key: FileKey(file.hash, secret: secret),
                ranges: ranges ?? ChunkRanges(0..<file.chunkCount), audience: audience)
            for listener in state.listeners { listener.yield(.gained(file.hash, ranges ?? ChunkRanges())) }
        }
    }

    func remove(_ file: MemoryFile) {
        state.withLock { state in
            state.held[file.hash] = nil
            for listener in state.listeners { listener.yield(.lost(file.hash)) }
        }
    }

    private func find(_ file: FileHash, _ audience: Audience) -> Held? {
        state.withLock { $0.held[file] }.flatMap { $0.audience(audience) ? $0 : nil }
    }

    private func wait() async throws {
        let delay = state.withLock { $0.delay }
        if delay > .zero { try await Task.sleep(for: delay) }
    }

    func key(of swarm: SwarmID) async -> FileKey? {
        let delay = state.withLock { $0.lookupDelay }
        if delay > .zero { try? await Task.sleep(for: delay) }
        return state.withLock { $0.held.values.first { $0.key.id == swarm }?.key }
    }

    func holding(of file: FileHash, for audience: Audience) async -> SeedHolding? {
        let hasManifest = state.withLock { $0.hasManifests }
        return find(file, audience).map {
            SeedHolding(
                size: UInt64($0.file.bytes.readableBytes), chunkCount: $0.file.chunkCount, ranges: $0.ranges,
                hasManifest: hasManifest)
        }
    }

    func manifest(of file: FileHash, bytes: Range<Int>, for audience: Audience) async throws -> [UInt8] {
        try await wait()
        guard let held = find(file, audience), state.withLock({ $0.hasManifests }) else { throw SeedError.notHere }
        let encoded = held.file.manifest.encoded()
        return Array(encoded[bytes.clamped(to: 0..<encoded.count)])
    }

    func read(_ chunks: Range<UInt32>, of file: FileHash, for audience: Audience) async throws -> ByteBuffer {
        state.withLock { $0.reads += 1 }
        try await wait()
        guard let held = find(file, audience), held.ranges.contains(chunks) else { throw SeedError.notHere }
        let bytes = held.file.bytes(of: chunks)
        guard bytes.readableBytes <= SeedLimits.answerBytes else { throw SeedError.badRange }
        return bytes
    }

    func leaves(of xorb: XorbHash, in file: FileHash, for audience: Audience) async throws -> [Chunk] {
        try await wait()
        guard let held = find(file, audience), let place = held.file.xorbs.first(where: { $0.hash == xorb }) else {
            throw SeedError.notHere
        }
        var chunks = Array(held.file.manifest.chunks[place.chunks])
        if state.withLock({ $0.spoilsLists }) { chunks[0].hash = chunks[chunks.count - 1].hash }
        return chunks
    }

    /// A file counts as a xorb of its own chunks here.
    func frames(_ chunks: Range<UInt32>, of xorb: XorbHash, for audience: Audience) async throws -> XorbFrames {
        try await wait()
        let held = state.withLock { state in
            state.held.values.first { XorbHash(of: $0.file.manifest.chunks) == xorb && $0.audience(audience) }
        }
        guard let held, chunks.upperBound <= held.file.chunkCount else { throw SeedError.notHere }
        let given = chunks.lowerBound == 0 ? 0..<held.file.chunkCount : chunks
        return XorbFrames(
            firstChunk: given.lowerBound, chunkCount: UInt32(given.count), bytes: held.file.frames(of: given))
    }

    var changes: AsyncStream<SeedChange> {
        let (stream, continuation) = AsyncStream.makeStream(of: SeedChange.self)
        state.withLock { $0.listeners.append(continuation) }
        return stream
    }
}

extension MemoryFile {
    /// The chunks as frames of a xorb, not compressed.
    func frames(of chunks: Range<UInt32>) -> ByteBuffer {
        var frames = ByteBuffer()
        for chunk in chunks {
            var bytes = bytes(of: chunk..<chunk + 1)
            let length = bytes.readableBytes
            var header = [UInt8](repeating: 0, count: ChunkHeader.size)
            header.withUnsafeMutableBytes { target in
                guard let base = target.baseAddress else { return }
                ChunkHeader(packedLength: length, scheme: .none, unpackedLength: length).store(to: base)
            }
            frames.writeBytes(header)
            frames.writeBuffer(&bytes)
        }
        return frames
    }
}
