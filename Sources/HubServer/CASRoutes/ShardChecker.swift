import HTTPTypes
import Synchronization
import Xet

/// A file of a shard that passed every check, ready to be recorded.
struct CheckedFile: Sendable {
    var hash: FileHash
    var size: UInt64
    var chunkCount: UInt64
    var recipe: FileRecipe
    var sha256: SHA256Digest?
    /// The hash of the file's first chunk, which others may ask for; nil when the file is empty.
    var firstChunk: ChunkHash?
}

/// How far the checks of a shard are, in segments and xorbs; read while another thread counts.
final class ShardProgress: Sendable {
    let total: UInt64
    private let count = Atomic<UInt64>(0)

    var verified: UInt64 { count.load(ordering: .relaxed) }

    init(total: UInt64) { self.total = total }

    func advance() { count.wrappingAdd(1, ordering: .relaxed) }
}

/// The checks of xet-protocol §5.7 on an uploaded shard, against what is stored and nothing else.
struct ShardChecker {
    /// What the shard refers to, the store has and the sender may use.
    let standings: [XorbHash: XorbStanding]
    let content: ContentStore
    let progress: ShardProgress

    /// Chunks that all segments of a shard may name together, each time they do; some terabytes of files.
    static let maximumNamedChunks: UInt64 = 1 << 26

    /// Every xorb a shard names, in its files or by itself.
    static func xorbs(of shard: Shard) -> Set<XorbHash> {
        var xorbs = Set(shard.xorbs.map(\.hash))
        for file in shard.files { xorbs.formUnion(file.segments.map(\.xorb)) }
        return xorbs
    }

    static func steps(of shard: Shard) -> UInt64 {
        UInt64(shard.xorbs.count) + shard.files.reduce(0) { $0 + UInt64($1.segments.count) }
    }

    /// Checks everything, reading the footers of the xorbs; blocks.
    func check(_ shard: Shard) throws -> [CheckedFile] {
        guard Self.namedChunks(of: shard) <= Self.maximumNamedChunks else {
            throw CASRefusal(
                .badRequest, "the files of the shard name more than \(Self.maximumNamedChunks) chunks; split it")
        }
        for xorb in shard.xorbs {
            try check(xorb)
            progress.advance()
        }
        return try shard.files.map { try check($0) }
    }

    private static func namedChunks(of shard: Shard) -> UInt64 {
        var count: UInt64 = 0
        for file in shard.files {
            for segment in file.segments where segment.chunkStart < segment.chunkEnd {
                count += UInt64(segment.chunkEnd - segment.chunkStart)
            }
        }
        return count
    }

    private func check(_ listed: ShardXorb) throws {
        let index = try storedIndex(of: listed.hash)
        let fits =
            listed.chunks.count == index.chunkCount && listed.unpackedLength == index.unpackedLength
            && zip(listed.chunks, UInt32(0)...).allSatisfy { chunk, position in
                chunk.hash == index.chunkHashes[Int(position)] && chunk.offset == index.unpackedStart(of: position)
                    && chunk.offset &+ chunk.length == index.unpackedEnds[Int(position)]
            }
        guard fits else { throw mismatch(listed.hash, "the shard lists other chunks of xorb \(listed.hash)") }
    }

    private func check(_ file: ShardFile) throws -> CheckedFile {
        guard let verification = file.verification, verification.count == file.segments.count else {
            throw CASRefusal(.badRequest, "file \(file.fileHash) lacks its verification hashes")
        }
        var tree = MerkleTreeBuilder()
        var size: UInt64 = 0
        var segments: [FileRecipe.Segment] = []
        segments.reserveCapacity(file.segments.count)
        var firstChunk: ChunkHash?
        for (segment, proof) in zip(file.segments, verification) {
            let index = try storedIndex(of: segment.xorb)
            let chunks = try check(segment, proof: proof, index: index, of: file.fileHash)
            if firstChunk == nil { firstChunk = index.chunk(chunks.lowerBound).hash }
            for chunk in chunks { tree.append(index.chunk(chunk)) }
            size += UInt64(segment.unpackedLength)
            segments.append(
                FileRecipe.Segment(xorb: segment.xorb, chunks: chunks, unpackedLength: segment.unpackedLength))
            progress.advance()
        }
        let chunkCount = tree.chunkCount
        let found = FileHash(root: tree.finish())
        guard found == file.fileHash else {
            throw CASRefusal(.badRequest, "the chunks of file \(file.fileHash) add up to \(found)")
        }
        return CheckedFile(
            hash: found, size: size, chunkCount: chunkCount, recipe: FileRecipe(segments: segments),
            sha256: file.sha256, firstChunk: firstChunk)
    }

    private func check(
        _ segment: ShardSegment, proof: RangeHash, index: XorbIndex, of file: FileHash,
    ) throws -> Range<UInt32> {
        guard segment.chunkStart < segment.chunkEnd, Int(segment.chunkEnd) <= index.chunkCount else {
            throw mismatch(segment.xorb, "file \(file) refers to chunks that xorb \(segment.xorb) does not have")
        }
        let chunks = segment.chunkStart..<segment.chunkEnd
        guard index.unpackedLength(of: chunks) == segment.unpackedLength else {
            throw mismatch(segment.xorb, "file \(file) gives a wrong length for its part of xorb \(segment.xorb)")
        }
        guard RangeHash(of: index.chunkHashes[Int(chunks.lowerBound)..<Int(chunks.upperBound)]) == proof else {
            throw mismatch(segment.xorb, "file \(file) has a wrong verification hash for xorb \(segment.xorb)")
        }
        return chunks
    }

    private func storedIndex(of xorb: XorbHash) throws -> XorbIndex {
        guard let standing = standings[xorb] else { throw unknown(xorb) }
        guard !standing.row.isBad else { throw unknown(xorb) }
        do {
            return try content.index(of: standing.key)
        } catch ContentError.objectMissing {
            throw unknown(xorb)
        } catch ContentError.damagedObject {
            throw unknown(xorb)
        }
    }

    /// Says what is wrong only to a repository that has the xorb. To others a xorb they cannot prove to hold does
    /// not exist, whether it is stored or not.
    private func mismatch(_ xorb: XorbHash, _ text: String) -> CASRefusal {
        standings[xorb]?.isLinked == true ? CASRefusal(.badRequest, text) : unknown(xorb)
    }

    private func unknown(_ xorb: XorbHash) -> CASRefusal {
        CASRefusal(.badRequest, "xorb \(xorb) has not been uploaded, or does not have these chunks")
    }
}
