internal import Xet

extension SwarmMessage {
    /// The first byte of a message.
    package enum Kind: UInt8 {
        case hello = 1
        case want = 2
        case available = 3
        case absent = 4
        case have = 5
        case unwant = 6
        case getManifest = 7
        case manifestPart = 8
        case request = 9
        case run = 10
        case reject = 11
        case cancel = 12
        case peers = 13
        case coming = 14
        case getLeaves = 15
        case leaves = 16
    }

    private static let allChunks: UInt8 = 1
    private static let withManifest: UInt8 = 2
    private static let plainChunks: UInt8 = 0
    private static let hearsay: UInt8 = 1
    private static let proofSize = 32
    private static let nonceSize = 32

    /// The bytes; of a run, a part of a manifest or a chunk list, those before the content.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func begin(_ kind: Kind, _ numbers: UInt32...) {
            bytes.append(kind.rawValue)
            for number in numbers { bytes.append(bigEndian: number) }
        }
        switch self {
        case .hello(let hello):
            begin(.hello)
            bytes.append(bigEndian: hello.version)
            bytes.append(bigEndian: hello.capabilities)
            bytes.append(contentsOf: hello.nonce)
        case .want(let tag, let id, let proof):
            begin(.want, tag)
            bytes.append(contentsOf: id.bytes)
            bytes.append(contentsOf: proof)
        case .available(let availability):
            begin(.available, availability.tag)
            bytes.append(
                (availability.chunks == nil ? Self.allChunks : 0) | (availability.hasManifest ? Self.withManifest : 0))
            bytes.append(contentsOf: availability.proof)
            bytes.append(bigEndian: availability.size)
            bytes.append(bigEndian: availability.chunkCount)
            availability.chunks?.encode(to: &bytes)
        case .absent(let tag):
            begin(.absent, tag)
        case .have(let tag, let chunks):
            begin(.have, tag)
            chunks.encode(to: &bytes)
        case .coming(let tag, let isHearsay, let chunks):
            begin(.coming, tag)
            bytes.append(isHearsay ? Self.hearsay : 0)
            chunks.encode(to: &bytes)
        case .unwant(let tag):
            begin(.unwant, tag)
        case .getManifest(let id, let tag, let offset, let size):
            begin(.getManifest, id, tag)
            bytes.append(bigEndian: offset)
            bytes.append(bigEndian: size)
        case .manifestPart(let head):
            begin(.manifestPart, head.id, head.tag)
            bytes.append(bigEndian: head.total)
            bytes.append(bigEndian: head.offset)
        case .getLeaves(let id, let tag, let xorb):
            begin(.getLeaves, id, tag)
            bytes.append(contentsOf: xorb.bytes)
        case .leaves(let head):
            begin(.leaves, head.id, head.tag, head.count)
        case .request(let id, let tag, let chunks):
            begin(.request, id, tag, chunks.lowerBound, UInt32(chunks.count))
        case .run(let head):
            begin(.run, head.id, head.tag, head.chunks.lowerBound, UInt32(head.chunks.count))
            bytes.append(Self.plainChunks)
        case .reject(let id, let retryAfter, let reason):
            begin(.reject, id, retryAfter)
            bytes.append(reason.rawValue)
        case .cancel(let id):
            begin(.cancel, id)
        case .peers(let tag, let added, let dropped):
            begin(.peers, tag)
            PeerExchange.encode(added: added, dropped: dropped, to: &bytes)
        }
        return bytes
    }

    /// Reads a message; of a run, a part of a manifest or a chunk list, what stands before the content.
    /// - Parameter message: everything after the extension's number.
    /// - Returns: nil for a kind that is not known here, which later versions may add.
    public init?(_ message: UnsafeRawBufferPointer) throws(SwarmWireError) {
        var reader = WireReader(message)
        guard let kind = Kind(rawValue: try reader.byte("the kind of a message")) else { return nil }
        switch kind {
        case .hello:
            self = .hello(
                Hello(
                    version: try reader.integer("a version"), capabilities: try reader.integer("capabilities"),
                    nonce: try reader.array(Self.nonceSize, "a nonce")))
            // Later versions may append to it.
            return
        case .want:
            let tag: UInt32 = try reader.integer("a tag")
            let bytes = try reader.array(SwarmID.size, "a swarm's id")
            guard let id = SwarmID(bytes: bytes) else { throw SwarmWireError(.malformed, "a swarm's id is too short") }
            self = .want(tag: tag, id: id, proof: try reader.array(Self.proofSize, "a proof"))
        case .available:
            self = .available(try Self.availability(&reader))
        case .absent:
            self = .absent(tag: try reader.integer("a tag"))
        case .have:
            self = .have(tag: try reader.integer("a tag"), chunks: try ChunkRanges(from: &reader))
        case .coming:
            self = .coming(
                tag: try reader.integer("a tag"), isHearsay: try reader.byte("a flag") & Self.hearsay != 0,
                chunks: try ChunkRanges(from: &reader))
        case .unwant:
            self = .unwant(tag: try reader.integer("a tag"))
        case .getManifest:
            self = .getManifest(
                id: try reader.integer("an id"), tag: try reader.integer("a tag"),
                offset: try reader.integer("an offset"), size: try reader.integer("a size"))
        case .manifestPart:
            self = .manifestPart(try Self.manifestPart(&reader))
            return
        case .getLeaves:
            self = .getLeaves(
                id: try reader.integer("an id"), tag: try reader.integer("a tag"), xorb: try reader.hash("a xorb"))
        case .leaves:
            self = .leaves(try Self.leaves(&reader))
            return
        case .request:
            self = .request(
                id: try reader.integer("an id"), tag: try reader.integer("a tag"), chunks: try Self.chunks(&reader))
        case .run:
            self = .run(
                RunHead(
                    id: try reader.integer("an id"), tag: try reader.integer("a tag"),
                    chunks: try Self.chunks(&reader)))
            guard try reader.byte("the form of chunks") == Self.plainChunks else {
                throw SwarmWireError(.malformed, "a run brings chunks in a form that was not asked for")
            }
            return
        case .reject:
            self = .reject(
                id: try reader.integer("an id"), retryAfterMilliseconds: try reader.integer("a time"),
                reason: RejectReason(rawValue: try reader.byte("a reason")))
        case .cancel:
            self = .cancel(id: try reader.integer("an id"))
        case .peers:
            let tag: UInt32 = try reader.integer("a tag")
            let (added, dropped) = try PeerExchange.decode(&reader)
            self = .peers(tag: tag, added: added, dropped: dropped)
        }
        try reader.expectEnd()
    }

    private static func availability(_ reader: inout WireReader) throws(SwarmWireError) -> Availability {
        let tag: UInt32 = try reader.integer("a tag")
        let flags = try reader.byte("flags")
        let proof = try reader.array(proofSize, "a proof")
        let size: UInt64 = try reader.integer("the size of a file")
        let chunkCount: UInt32 = try reader.integer("the number of chunks")
        let chunks = flags & allChunks != 0 ? nil : try ChunkRanges(from: &reader, chunkCount: chunkCount)
        return Availability(
            tag: tag, size: size, chunkCount: chunkCount, chunks: chunks, hasManifest: flags & withManifest != 0,
            proof: proof)
    }

    private static func manifestPart(_ reader: inout WireReader) throws(SwarmWireError) -> ManifestPartHead {
        let head = ManifestPartHead(
            id: try reader.integer("an id"), tag: try reader.integer("a tag"),
            total: try reader.integer("the size of a manifest"), offset: try reader.integer("an offset"))
        let (end, overflows) = head.offset.addingReportingOverflow(UInt64(reader.remaining))
        guard !overflows, end <= head.total else {
            throw SwarmWireError(.malformed, "a part of a manifest ends past the manifest")
        }
        return head
    }

    private static func leaves(_ reader: inout WireReader) throws(SwarmWireError) -> LeavesHead {
        let head = LeavesHead(
            id: try reader.integer("an id"), tag: try reader.integer("a tag"), count: try reader.integer("a count"))
        guard (1...XetLimits.maximumXorbChunks).contains(Int(head.count)) else {
            throw SwarmWireError(.malformed, "a xorb cannot have \(head.count) chunks")
        }
        return head
    }

    private static func chunks(_ reader: inout WireReader) throws(SwarmWireError) -> Range<UInt32> {
        let first: UInt32 = try reader.integer("the first chunk")
        let count: UInt32 = try reader.integer("the number of chunks")
        let (end, overflows) = first.addingReportingOverflow(count)
        guard count > 0, !overflows else { throw SwarmWireError(.malformed, "a run has no chunks, or impossible ones") }
        return first..<end
    }
}
