import NIOPosix
import Xet

/// Packs spooled bytes into xorbs of a repository, and keeps what the file is made of.
///
/// Proof of `@unchecked Sendable`: one job at a time uses it, and each is awaited before the next.
final class ContentPacking: @unchecked Sendable {
    /// Where a chunk of this file stands.
    private struct Place {
        enum Home {
            /// One of this upload's own xorbs, by its number.
            case own(Int)
            case stored(XorbHash)
        }

        var home: Home
        var index: UInt32
    }

    /// Unpacked bytes of a xorb: half of what the format allows, because the body is built in memory.
    static let xorbBytes = 32 << 20
    /// Chunks that are remembered, so that what repeats in the file is stored once; some 50 MiB of them at most.
    private static let rememberedChunks = 1 << 19
    /// Chunks whose xorb has no name yet; a file that repeats itself for longer starts a new one.
    private static let maximumPending = 1 << 16

    private var reader: SpooledContent.Reader
    private var stream = ChunkStream()
    private let builder = XorbBuilder(maximumLength: xorbBytes)
    private var schemes = SchemeChooser()
    private var places: [ChunkHash: Place] = [:]
    private var xorbs: [XorbHash] = []
    private var pending: [(chunk: Chunk, place: Place)] = []
    private var recipe = ShardFileBuilder()
    private var tree = MerkleTreeBuilder()
    private var stored: StoredChunks?
    private var hasEnded = false
    /// Whether more was wanted than has come.
    private var isStarved = false
    /// Chunks that were read when the xorb was full.
    private var carried: [(bytes: [UInt8], hash: ChunkHash)] = []

    private init(_ content: SpooledContent, stored: StoredChunks?) {
        reader = SpooledContent.Reader(content)
        self.stored = stored
    }

    /// Stores the bytes as xorbs of the repository that the claims are for.
    ///
    /// - Parameters:
    ///   - stored: what may be built on; nil to bring everything anew.
    ///   - progress: of a body that is still coming; nil when all of it is there.
    ///   - gate: passed once for each xorb.
    /// - Returns: the file as a shard would list it.
    static func pack(
        _ spooled: SpooledContent, sha256: Xet.SHA256Digest, into content: ContentStore, for claims: CASClaims,
        using stored: StoredChunks?, following progress: SpoolProgress? = nil, through gate: Turnstile? = nil
    ) async throws -> PackedContent {
        let packing = ContentPacking(spooled, stored: stored)
        var isDone = false
        while !isDone {
            try Task.checkCancellation()
            let available = try await progress?.bytes(after: packing.reader.offset)
            let place = await gate?.enter()
            defer { place?.leave() }
            let xorb = try await ContentThreads.validating.runIfActive {
                try packing.fill(available)
                return packing.isStarved ? nil : try packing.finishXorb(in: content.objects)
            }
            isDone = packing.hasEnded && packing.carried.isEmpty
            guard let xorb else { continue }
            _ = try await content.admit(xorb.file, as: xorb.hash, length: xorb.length, for: claims)
        }
        let size = packing.tree.totalLength
        let hash = FileHash(root: packing.tree.finish())
        return PackedContent(file: packing.recipe.finish(fileHash: hash, sha256: sha256), size: size)
    }

    // MARK: Blocking steps

    /// Reads on until the xorb is full or the bytes end, for now or for good.
    private func fill(_ available: SpoolProgress.Available?) throws {
        reader.limit = available?.limit ?? .max
        isStarved = false
        for chunk in carried {
            try chunk.bytes.withUnsafeBytes {
                try add($0, hash: chunk.hash)
                builder.packStaged()
            }
        }
        carried.removeAll()
        while !hasEnded, carried.isEmpty, pending.count < Self.maximumPending {
            let count = try stream.fill { try reader.read(into: $0) }
            guard count > 0 || available?.isComplete ?? true else {
                isStarved = true
                return
            }
            try stream.drain(atEnd: count == 0) { base, chunks in
                defer { builder.packStaged() }
                var offset = 0
                for chunk in chunks {
                    let bytes = UnsafeRawBufferPointer(start: base + offset, count: Int(chunk.length))
                    offset += bytes.count
                    tree.append(chunk)
                    if carried.isEmpty, builder.canAppend(length: bytes.count) || places[chunk.hash] != nil {
                        try add(bytes, hash: chunk.hash)
                    } else {
                        carried.append(([UInt8](bytes), chunk.hash))
                    }
                }
            }
            hasEnded = count == 0
        }
    }

    private func add(_ bytes: UnsafeRawBufferPointer, hash: ChunkHash) throws {
        let chunk = Chunk(hash: hash, length: UInt32(bytes.count))
        if let place = places[hash] {
            pending.append((chunk, place))
            return
        }
        if let place = try stored?.place(of: hash) {
            pending.append((chunk, Place(home: .stored(place.xorb), index: place.index)))
            return
        }
        let place = Place(home: .own(xorbs.count), index: UInt32(builder.chunks.count))
        builder.stage(bytes, hash: hash, scheme: schemes.choose(for: bytes))
        pending.append((chunk, place))
        if places.count < Self.rememberedChunks { places[hash] = place }
    }

    private struct FilledXorb: Sendable {
        var hash: XorbHash
        var file: IncomingFile
        var length: Int
    }

    /// Names the xorb, writes it to a file and moves what waited for its name to the recipe; nil when nothing is new.
    private func finishXorb(in objects: ObjectStore) throws -> FilledXorb? {
        var filled: FilledXorb?
        if !builder.isEmpty {
            let finished = builder.finish()
            let file = try objects.makeIncoming()
            try builder.withBody { try file.file.write($0, at: 0) }
            filled = FilledXorb(hash: finished.hash, file: file, length: finished.packedLength)
            xorbs.append(finished.hash)
            builder.reset()
        }
        for (chunk, place) in pending {
            switch place.home {
            case .own(let number): recipe.append(chunk, xorb: xorbs[number], index: place.index)
            case .stored(let xorb): recipe.append(chunk, xorb: xorb, index: place.index)
            }
        }
        pending.removeAll(keepingCapacity: true)
        return filled
    }
}

/// A file whose bytes are in xorbs, as a shard would list it.
struct PackedContent: Sendable {
    var file: ShardFile
    /// In bytes.
    var size: UInt64
}
