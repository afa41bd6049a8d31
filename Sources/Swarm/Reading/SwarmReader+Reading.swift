internal import ChunkStore
internal import NIOCore
internal import NIOPosix
internal import SwarmWire
internal import Transfer
internal import Xet

extension SwarmReader {
    func read(_ bytes: Range<UInt64>, _ take: @Sendable (ByteBuffer) async throws -> Bool) async throws {
        guard let manifest, let chunks = Self.chunks(touching: bytes, in: manifest) else { throw nobody }
        let (events, post) = AsyncStream.makeStream(of: ReadingEvent.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(100))
                    post.yield(.tick)
                }
            }
            defer { group.cancelAll() }
            var reading = SwarmReading(self, manifest, chunks, bytes, post)
            defer { reading.cancel() }
            try await reading.run(events, take)
        }
    }

    var nobody: TransferError {
        TransferError(code: .noPeers, message: "no peer of the Xet swarm has what is missing of \(request.name)")
    }
}

enum ReadingEvent: Sendable {
    case answer(ReaderTable.Answer)
    case tick
}

/// The reading of one part of a file: asks ahead, verifies, and hands out in order.
private struct SwarmReading {
    /// Bytes that are asked for before those in front of them were handed out.
    private static let window: UInt64 = 8 << 20

    private let reader: SwarmReader
    private let manifest: ManifestFile
    private let bytes: Range<UInt64>
    private let post: AsyncStream<ReadingEvent>.Continuation
    /// Chunks that nobody was asked for yet, or in vain; sorted.
    private var open: ChunkRanges
    private var asked: [Range<UInt32>: ReaderTable.Ticket] = [:]
    /// What is here and verified, by its first chunk.
    private var here: [UInt32: (chunks: Range<UInt32>, bytes: ByteBuffer)] = [:]
    /// The chunk that is handed out next, and where it starts in the file.
    private var next: UInt32
    private var position: UInt64
    private let end: UInt32

    init(
        _ reader: SwarmReader, _ manifest: ManifestFile, _ chunks: Range<UInt32>, _ bytes: Range<UInt64>,
        _ post: AsyncStream<ReadingEvent>.Continuation
    ) {
        self.reader = reader
        self.manifest = manifest
        self.bytes = bytes
        self.post = post
        open = ChunkRanges(chunks)
        next = chunks.lowerBound
        position = manifest.offset(of: Int(chunks.lowerBound))
        end = chunks.upperBound
    }

    mutating func run(
        _ events: AsyncStream<ReadingEvent>, _ take: @Sendable (ByteBuffer) async throws -> Bool
    ) async throws {
        try ask()
        for await event in events {
            try Task.checkCancellation()
            switch event {
            case .tick:
                reader.checkSilence()
            case .answer(.failed(let chunks)):
                putBack(chunks)
            case .answer(.wrong(let chunks, let link)):
                putBack(chunks)
                reader.ban(link)
            case .answer(.came(let chunks, let content, let link)):
                asked[chunks] = nil
                if try await isRight(content, chunks) {
                    here[chunks.lowerBound] = (chunks, content)
                } else {
                    putBack(chunks)
                    reader.ban(link)
                }
            }
            guard try await handOut(take) else { return }
            try ask()
        }
        throw CancellationError()
    }

    mutating func cancel() {
        for ticket in asked.values { reader.cancel(ticket) }
        asked = [:]
    }

    private mutating func putBack(_ chunks: Range<UInt32>) {
        asked[chunks] = nil
        open.insert(chunks)
    }

    /// Asks for as much as may be on its way.
    private mutating func ask() throws {
        while let first = open.ranges.first, manifest.offset(of: Int(first.lowerBound)) < position + Self.window {
            let post = post
            guard let (run, ticket) = reader.ask(for: first, { post.yield(.answer($0)) }) else { break }
            open.remove(run)
            asked[run] = ticket
        }
        guard asked.isEmpty, let first = open.ranges.first, !reader.isHopeful(first.lowerBound) else { return }
        throw reader.nobody
    }

    private func isRight(_ content: ByteBuffer, _ chunks: Range<UInt32>) async throws -> Bool {
        let manifest = manifest
        return try await NIOThreadPool.singleton.runIfActive {
            let range = Int(chunks.lowerBound)..<Int(chunks.upperBound)
            let lengths = range.map { Int(manifest[$0].length) }
            guard content.readableBytes == lengths.reduce(0, +) else { return false }
            var offsets: [Int] = []
            var offset = 0
            for length in lengths {
                offsets.append(offset)
                offset += length
            }
            return content.withUnsafeReadableBytes { bytes in
                guard let base = bytes.baseAddress else { return false }
                return ChunkRunReader.matches(
                    range, of: .shared(.manifest(manifest)), at: base, offsets: offsets, lengths: lengths)
            }
        }
    }

    /// Hands out what is here and comes next.
    /// - Returns: whether more is wanted and still to come.
    private mutating func handOut(_ take: @Sendable (ByteBuffer) async throws -> Bool) async throws -> Bool {
        while var run = here.removeValue(forKey: next) {
            let stretch = position..<position + UInt64(run.bytes.readableBytes)
            let wanted = stretch.clamped(to: bytes)
            next = run.chunks.upperBound
            position = stretch.upperBound
            run.bytes.moveReaderIndex(forwardBy: Int(wanted.lowerBound - stretch.lowerBound))
            if let part = run.bytes.readSlice(length: wanted.count), !wanted.isEmpty, try await !take(part) {
                return false
            }
        }
        return next < end
    }
}
