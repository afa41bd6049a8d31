internal import HubWire
public import Xet

/// A plan for a byte range of a file: which chunks of which xorbs, and where their bytes are.
///
/// Built only from replies that passed the checks of ``init(_:)``: every term has a fetch that covers it, and no range
/// claims more than the format allows.
public struct Reconstruction: Sendable {
    /// The next chunks of the file.
    public struct Term: Sendable, Hashable {
        public var xorb: XorbHash
        public var chunks: Range<UInt32>
        public var unpackedLength: UInt64
    }

    /// One ranged GET that delivers consecutive chunks of a xorb.
    public struct Fetch: Sendable, Hashable {
        public var xorb: XorbHash
        public var chunks: Range<UInt32>
        /// Positions in the xorb object, inclusive.
        public var bytes: ClosedRange<UInt64>
        public var url: String
    }

    /// Bytes to drop from the start of the first term.
    public var offsetIntoFirstTerm: UInt64
    public var terms: [Term]
    /// The fetches of each xorb, by first chunk.
    public var fetches: [XorbHash: [Fetch]]

    /// The fetch that delivers all of a term.
    public func fetch(for term: Term) -> Fetch? {
        fetches[term.xorb]?.first {
            $0.chunks.lowerBound <= term.chunks.lowerBound && $0.chunks.upperBound >= term.chunks.upperBound
        }
    }

    init(_ reply: ReconstructionV2) throws {
        var fetches: [XorbHash: [Fetch]] = [:]
        for (name, entries) in reply.xorbs {
            let xorb = try Self.xorbHash(name)
            for entry in entries {
                for range in entry.ranges {
                    fetches[xorb, default: []].append(
                        try Self.fetch(xorb, chunks: range.chunks, bytes: range.bytes, url: entry.url))
                }
            }
        }
        try self.init(offset: reply.offsetIntoFirstRange, terms: reply.terms, fetches: fetches)
    }

    init(_ reply: ReconstructionV1) throws {
        try self.init(
            offset: reply.offsetIntoFirstRange, terms: reply.terms, fetches: try Self.fetches(reply.fetchInfo))
    }

    /// The plans of several whole files.
    static func each(of reply: BatchReconstruction) throws -> [FileHash: Reconstruction] {
        let fetches = try fetches(reply.fetchInfo)
        var plans: [FileHash: Reconstruction] = [:]
        for (name, terms) in reply.files {
            guard let file = FileHash(name) else { throw malformed("not a file hash: \(name.prefix(80))") }
            plans[file] = try Reconstruction(offset: 0, terms: terms, fetches: fetches)
        }
        return plans
    }

    private static func fetches(_ info: [String: [ReconstructionV1.FetchInfo]]) throws -> [XorbHash: [Fetch]] {
        var fetches: [XorbHash: [Fetch]] = [:]
        for (name, entries) in info {
            let xorb = try xorbHash(name)
            fetches[xorb] = try entries.map { try fetch(xorb, chunks: $0.range, bytes: $0.urlRange, url: $0.url) }
        }
        return fetches
    }

    private init(offset: UInt64, terms wireTerms: [ReconstructionTerm], fetches: [XorbHash: [Fetch]]) throws {
        offsetIntoFirstTerm = offset
        self.fetches = fetches.mapValues { $0.sorted { $0.chunks.lowerBound < $1.chunks.lowerBound } }
        terms = try wireTerms.map { term in
            let chunks = try Self.chunkRange(term.range)
            guard term.unpackedLength > 0, Int(term.unpackedLength) <= chunks.count * XetLimits.maximumChunk else {
                throw Self.malformed("a term claims \(term.unpackedLength) bytes in \(chunks.count) chunks")
            }
            return Term(
                xorb: try Self.xorbHash(term.hash), chunks: chunks, unpackedLength: UInt64(term.unpackedLength))
        }
        if let first = terms.first {
            guard offset < first.unpackedLength else { throw Self.malformed("the offset passes the first term") }
        }
        guard terms.allSatisfy({ fetch(for: $0) != nil }) else {
            throw Self.malformed("a term has no range that covers it")
        }
    }

    private static func fetch(
        _ xorb: XorbHash, chunks: ChunkIndexRange, bytes: InclusiveByteRange, url: String
    ) throws -> Fetch {
        let chunks = try chunkRange(chunks)
        guard bytes.start <= bytes.end, bytes.end < 1 << 32 else {
            throw malformed("a byte range is reversed or absurd")
        }
        let length = bytes.end - bytes.start + 1
        let most = UInt64(chunks.count) * UInt64(ChunkHeader.size + 2 * XetLimits.maximumChunk)
        guard length >= UInt64(chunks.count * (ChunkHeader.size + 1)), length <= most else {
            throw malformed("\(length) bytes cannot hold \(chunks.count) chunks")
        }
        return Fetch(xorb: xorb, chunks: chunks, bytes: bytes.start...bytes.end, url: url)
    }

    private static func chunkRange(_ range: ChunkIndexRange) throws -> Range<UInt32> {
        guard range.start < range.end, range.end <= UInt32(XetLimits.maximumXorbChunks) else {
            throw malformed("chunk range \(range.start)..<\(range.end) is empty or too large")
        }
        return range.start..<range.end
    }

    private static func xorbHash(_ text: String) throws -> XorbHash {
        guard let hash = XorbHash(text) else { throw malformed("not a xorb hash: \(text.prefix(80))") }
        return hash
    }

    private static func malformed(_ detail: String) -> CASError {
        CASError(code: .badReply, message: "the reconstruction reply is malformed: \(detail)")
    }
}
