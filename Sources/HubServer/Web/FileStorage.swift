import Xet

/// How one large file is stored, and what it shares with other versions of itself.
struct FileStorage: Sendable {
    struct Part: Sendable {
        var xorb: XorbHash
        var chunks: Range<UInt32>
        /// Bytes of the file.
        var bytes: UInt64
        /// Bytes on disk.
        var packed: UInt64
    }

    var chunkCount = 0
    /// The first of the runs of chunks that make up the file.
    var parts: [Part] = []
    var partCount = 0
    var xorbCount = 0
    /// Bytes that the file's chunks take on disk, each counted once.
    var packedBytes: UInt64 = 0

    private static let shownParts = 50
    /// Files in more parts are not looked into: each part may cost a footer's reading.
    static let maximumParts = 20_000

    /// Nil for a file in too many parts. Reads the footers of xorbs, so it may block.
    init?(of file: ContentFile, indices: XorbIndexCache) throws {
        let recipe = file.recipe
        guard recipe.segments.count <= Self.maximumParts else { return nil }
        partCount = recipe.segments.count
        var runs: [XorbHash: [Range<UInt32>]] = [:]
        for segment in recipe.segments {
            let index = try file.index(of: segment.xorb, indices)
            guard index.contains(segment.chunks) else {
                throw ContentError.damagedMetadata("a recipe points outside xorb \(segment.xorb)")
            }
            chunkCount += segment.chunks.count
            runs[segment.xorb, default: []].append(segment.chunks)
            guard parts.count < Self.shownParts else { continue }
            let packed = index.byteRange(of: segment.chunks)
            parts.append(
                Part(
                    xorb: segment.xorb, chunks: segment.chunks, bytes: UInt64(segment.unpackedLength),
                    packed: UInt64(packed.count)))
        }
        xorbCount = runs.count
        for (xorb, ranges) in runs {
            let index = try file.index(of: xorb, indices)
            for run in Self.union(ranges) { packedBytes += UInt64(index.byteRange(of: run).count) }
        }
    }

    /// Where in `file` are chunks that `other` has too; nil when one of them is in too many parts.
    static func shared(
        _ file: ContentFile, with other: ContentFile, indices: XorbIndexCache
    ) throws -> [Range<UInt64>]? {
        let isShort = { (file: ContentFile) in file.recipe.segments.count <= maximumParts }
        guard isShort(file), isShort(other) else { return nil }
        let runs = Dictionary(grouping: other.recipe.segments, by: \.xorb).mapValues { union($0.map(\.chunks)) }
        var shared: [Range<UInt64>] = []
        var offset: UInt64 = 0
        for segment in file.recipe.segments {
            defer { offset += UInt64(segment.unpackedLength) }
            guard let known = runs[segment.xorb] else { continue }
            let index = try file.index(of: segment.xorb, indices)
            guard index.contains(segment.chunks) else { continue }
            for run in known {
                let common = run.clamped(to: segment.chunks)
                guard !common.isEmpty else { continue }
                let before = index.unpackedLength(of: segment.chunks.lowerBound..<common.lowerBound)
                let start = offset + UInt64(before)
                shared.append(start..<start + UInt64(index.unpackedLength(of: common)))
            }
        }
        return shared
    }

    /// What the chunks of files take together, each counted once: as they are, and on disk.
    static func footprint(
        of files: [ContentFile], indices: XorbIndexCache
    ) throws -> (unpacked: UInt64, packed: UInt64) {
        var runs: [XorbHash: (file: ContentFile, ranges: [Range<UInt32>])] = [:]
        for file in files {
            for segment in file.recipe.segments {
                runs[segment.xorb, default: (file, [])].ranges.append(segment.chunks)
            }
        }
        var (unpacked, packed): (UInt64, UInt64) = (0, 0)
        for (xorb, use) in runs {
            let index = try use.file.index(of: xorb, indices)
            for run in union(use.ranges) where index.contains(run) {
                unpacked += UInt64(index.unpackedLength(of: run))
                packed += UInt64(index.byteRange(of: run).count)
            }
        }
        return (unpacked, packed)
    }

    static func union<Bound>(_ ranges: [Range<Bound>]) -> [Range<Bound>] {
        var merged: [Range<Bound>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

extension ContentFile {
    /// The index of one of the file's xorbs.
    fileprivate func index(of xorb: XorbHash, _ indices: XorbIndexCache) throws -> XorbIndex {
        guard let key = objects[xorb] else { throw ContentError.objectMissing(xorb) }
        return try indices.index(of: key)
    }
}
