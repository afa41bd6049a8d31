public import Xet

/// The messages of Shoal's peers under the extension `sh_swarm` (docs/swarm.md). All integers are big-endian.
public enum SwarmMessage: Sendable, Hashable {
    /// The first message of either side.
    case hello(Hello)
    /// Asks what the other side has of a file. The asking side chooses the tag, which stands for the file from now on.
    case want(tag: UInt32, id: SwarmID, proof: [UInt8])
    /// The answer to `want`, and again whenever chunks have gone: it replaces what was said before.
    case available(Availability)
    /// The answer to `want` when there is nothing, or nothing for this peer.
    case absent(tag: UInt32)
    /// More chunks are there.
    case have(tag: UInt32, chunks: ChunkRanges)
    /// Chunks that this side will have soon, or of which it has heard that others have them or will: need not be fetched
    /// from the origin by everybody.
    case coming(tag: UInt32, isHearsay: Bool, chunks: ChunkRanges)
    /// The tag is free again; nothing more about it is wanted.
    case unwant(tag: UInt32)
    /// Asks for bytes of the file's manifest.
    case getManifest(id: UInt32, tag: UInt32, offset: UInt64, size: UInt32)
    /// What stands before bytes of a manifest.
    case manifestPart(ManifestPartHead)
    /// Asks for the chunk list of a whole xorb that the file has parts of.
    case getLeaves(id: UInt32, tag: UInt32, xorb: XorbHash)
    /// What stands before a xorb's chunk list.
    case leaves(LeavesHead)
    /// Asks for a run of whole chunks.
    case request(id: UInt32, tag: UInt32, chunks: Range<UInt32>)
    /// What stands before the bytes of a run.
    case run(RunHead)
    /// A request will not be served.
    case reject(id: UInt32, retryAfterMilliseconds: UInt32, reason: RejectReason)
    /// A request is no longer wanted. It is answered all the same, by a run if that was on its way, else by `reject`.
    case cancel(id: UInt32)
    /// Other peers of a file.
    case peers(tag: UInt32, added: [PeerAddress], dropped: [PeerAddress])

    /// What a side says about itself.
    public struct Hello: Sendable, Hashable {
        /// Version of this protocol; higher ones understand lower ones.
        public var version: UInt16
        /// Bits for what later versions add; unknown ones are passed over.
        public var capabilities: UInt32
        /// 32 random bytes.
        public var nonce: [UInt8]

        public init(version: UInt16 = Self.currentVersion, capabilities: UInt32 = 0, nonce: [UInt8]) {
            self.version = version
            self.capabilities = capabilities
            self.nonce = nonce
        }

        public static let currentVersion: UInt16 = 1
    }

    /// What a peer has of a file.
    public struct Availability: Sendable, Hashable {
        public var tag: UInt32
        /// Bytes of the file.
        public var size: UInt64
        /// Chunks of the file.
        public var chunkCount: UInt32
        /// nil: all of them.
        public var chunks: ChunkRanges?
        /// Whether the peer can send the file's manifest.
        public var hasManifest: Bool
        /// Proves that the peer knows the file (32 bytes).
        public var proof: [UInt8]

        public init(
            tag: UInt32, size: UInt64, chunkCount: UInt32, chunks: ChunkRanges?, hasManifest: Bool, proof: [UInt8]
        ) {
            self.tag = tag
            self.size = size
            self.chunkCount = chunkCount
            self.chunks = chunks
            self.hasManifest = hasManifest
            self.proof = proof
        }
    }

    /// Bytes of a manifest, as docs/formats.md lays it out.
    public struct ManifestPartHead: Sendable, Hashable {
        public var id: UInt32
        public var tag: UInt32
        /// Bytes of the whole manifest.
        public var total: UInt64
        /// Where this part begins.
        public var offset: UInt64

        public init(id: UInt32, tag: UInt32, total: UInt64, offset: UInt64) {
            self.id = id
            self.tag = tag
            self.total = total
            self.offset = offset
        }
    }

    /// The chunks of a whole xorb, in its order: for each the record of a manifest (docs/formats.md).
    public struct LeavesHead: Sendable, Hashable {
        public var id: UInt32
        public var tag: UInt32
        /// Records that follow.
        public var count: UInt32

        public init(id: UInt32, tag: UInt32, count: UInt32) {
            self.id = id
            self.tag = tag
            self.count = count
        }
    }

    /// Plain bytes of whole chunks, one after the other.
    public struct RunHead: Sendable, Hashable {
        public var id: UInt32
        public var tag: UInt32
        public var chunks: Range<UInt32>

        public init(id: UInt32, tag: UInt32, chunks: Range<UInt32>) {
            self.id = id
            self.tag = tag
            self.chunks = chunks
        }
    }

    /// Why a request is not served.
    public struct RejectReason: RawRepresentable, Sendable, Hashable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Others are served first; asking again after the given time may help.
        public static let busy = RejectReason(rawValue: 1)
        /// The chunks are not there, or not any more.
        public static let gone = RejectReason(rawValue: 2)
        /// The asking side cancelled.
        public static let cancelled = RejectReason(rawValue: 3)
        /// The run would not fit into one answer.
        public static let tooLong = RejectReason(rawValue: 4)
        /// More is queued than this peer allows.
        public static let tooMany = RejectReason(rawValue: 5)
        /// The bytes could not be read.
        public static let failed = RejectReason(rawValue: 6)
    }
}

extension SwarmMessage {
    /// Bytes of chunks in one run.
    public static let maximumRun = 4 << 20
    /// Bytes of a manifest in one part.
    public static let maximumManifestPart = 1 << 20
    /// Bytes of the longest chunk list of a xorb.
    public static let maximumLeaves = XetLimits.maximumXorbChunks * ManifestWire.recordSize
    /// The largest frame: a run and what stands before it.
    public static let maximumFrame = maximumRun + 64
    /// The largest frame of any other kind of message, but parts of manifests.
    public static let maximumControlFrame = 512 << 10
    /// Addresses in one exchange, added and dropped each (BEP 11).
    public static let maximumPeers = 50
    /// Bytes of a run's message before its chunks.
    public static let runHeadSize = 18
    /// Bytes of a manifest part's message before the manifest.
    public static let manifestHeadSize = 25
    /// Bytes of a chunk list's message before the list.
    public static let leavesHeadSize = 13
}
