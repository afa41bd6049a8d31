import HubWire
import NIOCore
import NIOHTTP1
import Synchronization
import Transport
import Xet
import XetClient

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A CAS in memory behind the transport protocol: stores what a push sends, serves it, and misbehaves on demand.
final class MemoryCAS: HTTPTransport {
    /// What goes wrong with the replies to data requests.
    enum Fault: Sendable {
        case none
        /// Flips one bit of the stored bytes of every xorb, each time.
        case flipsAlways
        /// Flips one bit in the first reply of each xorb only.
        case flipsOnce
        /// Ends every first reply of a range after half its bytes.
        case breaksOnce
        /// Answers 403 to every first request of a URL.
        case expiresOnce
        /// Answers 200 with the whole object.
        case ignoresRanges
        /// Delivers the range from one byte further.
        case shifts
    }

    struct StoredXorb: Sendable {
        var body: [UInt8]
        var chunks: [Chunk]
        var packedEnds: [UInt32]
    }

    struct Log: Sendable {
        var xorbs: [XorbHash: StoredXorb] = [:]
        var files: [FileHash: ShardFile] = [:]
        var dataRequests: [String] = []
        var sentBytes = 0
        var manifestRequests = 0
        var seen: Set<String> = []
        /// Chunks that were asked about, in order.
        var questions: [ChunkHash] = []
        /// Times each xorb was uploaded.
        var uploads: [XorbHash: Int] = [:]
    }

    /// How chunk queries are answered.
    enum Questions: Sendable {
        /// As a CAS that knows nothing.
        case never
        /// With a keyed shard of the xorb that holds the chunk.
        case keyed(expiry: UInt64)
        case garbage
        case hang
    }

    let servesManifests: Bool
    let servesV2: Bool
    let questions = Mutex(Questions.never)
    /// Xorb uploads that succeed before all further ones fail; nil for no limit.
    let uploadsLeft = Mutex<Int?>(nil)
    let fault: Mutex<Fault>
    let log = Mutex(Log())

    init(servesManifests: Bool = true, servesV2: Bool = true, fault: Fault = .none) {
        self.servesManifests = servesManifests
        self.servesV2 = servesV2
        self.fault = Mutex(fault)
    }

    func client() -> CASClient {
        struct Fixed: CASTokenProvider {
            func credentials(rejecting rejected: String?) async throws -> CASCredentials {
                CASCredentials(casURL: "http://cas.test/cas", accessToken: "t", expiry: .max)
            }
        }
        var policy = RetryPolicy()
        policy.firstDelay = .milliseconds(1)
        return CASClient(
            transport: self, tokens: Fixed(), sessionID: "s", userAgent: "shoal-tests", retryPolicy: policy)
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let path = request.url.replacing("http://cas.test", with: "")
        let body = try await collect(request.body)
        if path.hasPrefix("/data/") { return data(request, path: path) }
        guard request.headers.first(name: "Authorization") == "Bearer t" else { return reply(request, 401) }
        let parts = path.split(separator: "/").map(String.init)
        switch (request.method, parts.dropFirst(2).first ?? "") {
        case (.GET, "manifests"):
            log.withLock { $0.manifestRequests += 1 }
            guard servesManifests, let file = FileHash(parts[3]), let chunks = chunks(of: file) else {
                return reply(request, 404)
            }
            return reply(request, 200, FileManifest(chunks: chunks.map(\.chunk)).encoded())
        case (.GET, "reconstructions"):
            if parts[1] == "v2", !servesV2 { return reply(request, 404) }
            guard let file = FileHash(parts[3]) else { return reply(request, 400) }
            return try reconstruction(request, file: file, isV2: parts[1] == "v2")
        case (.POST, "xorb-grants"): return reply(request, 404)
        case (.POST, "xorbs"):
            guard let hash = XorbHash(parts[4]) else { return reply(request, 400) }
            let stored = try body.withUnsafeBytes { bytes in
                let valid = try XorbValidation.validate(bytes, expecting: hash)
                return StoredXorb(body: body, chunks: valid.chunks, packedEnds: valid.packedEnds)
            }
            let isAllowed = uploadsLeft.withLock { left in
                defer { left = left.map { max(0, $0 - 1) } }
                return left != 0
            }
            guard isAllowed else { return reply(request, 403) }
            log.withLock {
                $0.xorbs[hash] = stored
                $0.sentBytes += body.count
                $0.uploads[hash, default: 0] += 1
            }
            return try json(request, XorbUploadReply(wasInserted: true))
        case (.POST, "shards"):
            if parts[1] == "v2" { return reply(request, 404) }
            let shard = try body.withUnsafeBytes { try Shard(parsing: $0) }
            if let problem = log.withLock({ Self.problem(with: shard, $0) }) {
                return reply(request, 400, Array(problem.utf8))
            }
            log.withLock { log in
                for file in shard.files { log.files[file.fileHash] = file }
            }
            return try json(request, ShardUploadReply(result: 1))
        case (.HEAD, "xorbs"):
            guard let hash = XorbHash(parts[4]) else { return reply(request, 400) }
            return reply(request, log.withLock { $0.xorbs[hash] != nil } ? 200 : 404)
        case (.GET, "chunks"):
            guard let chunk = ChunkHash(parts[4]) else { return reply(request, 400) }
            return try await question(request, chunk)
        default: return reply(request, 404)
        }
    }

    /// Removes xorbs, as a garbage collector that no longer finds a use for them.
    func collect(_ isGarbage: (XorbHash) -> Bool) {
        log.withLock { log in
            for hash in log.xorbs.keys where isGarbage(hash) { log.xorbs[hash] = nil }
        }
    }

    private func question(_ request: HTTPRequest, _ chunk: ChunkHash) async throws -> HTTPResponse {
        log.withLock { $0.questions.append(chunk) }
        switch questions.withLock({ $0 }) {
        case .never: return reply(request, 404)
        case .garbage: return reply(request, 200, Array("no shard".utf8))
        case .hang:
            try await Task.sleep(for: .seconds(3600))
            return reply(request, 404)
        case .keyed(let expiry):
            let holder = log.withLock { log in log.xorbs.first { $0.value.chunks.contains { $0.hash == chunk } } }
            guard let holder else { return reply(request, 404) }
            let shard = Shard(xorbs: [ShardXorb(hash: holder.key, chunks: holder.value.chunks)])
            let key = HashingKey(w0: holder.key.w0, w1: 1, w2: 2, w3: 3)
            return reply(
                request, 200, shard.keyed(with: key).completeForm(creation: 1, expiry: expiry, lookups: false))
        }
    }

    /// What a CAS must check of a shard (xet-protocol §5.7).
    private static func problem(with shard: Shard, _ log: Log) -> String? {
        for file in shard.files {
            var chunks: [Chunk] = []
            for (segment, proof) in zip(file.segments, file.verification ?? []) {
                guard let xorb = log.xorbs[segment.xorb], Int(segment.chunkEnd) <= xorb.chunks.count else {
                    return "xorb \(segment.xorb) has not been uploaded"
                }
                let part = xorb.chunks[Int(segment.chunkStart)..<Int(segment.chunkEnd)]
                guard RangeHash(of: part.map(\.hash)) == proof else { return "wrong verification hash" }
                guard part.reduce(0, { $0 + $1.length }) == segment.unpackedLength else { return "wrong length" }
                chunks += part
            }
            guard FileHash(of: chunks) == file.fileHash else { return "the chunks do not make up \(file.fileHash)" }
        }
        return nil
    }

    /// The chunks of a file with the xorb and index that hold each.
    func chunks(of hash: FileHash) -> [(chunk: Chunk, xorb: XorbHash, index: Int)]? {
        log.withLock { log in
            log.files[hash]?.segments.flatMap { segment in
                (Int(segment.chunkStart)..<Int(segment.chunkEnd)).compactMap { index in
                    log.xorbs[segment.xorb].map { ($0.chunks[index], segment.xorb, index) }
                }
            }
        }
    }

    private func reconstruction(_ request: HTTPRequest, file: FileHash, isV2: Bool) throws -> HTTPResponse {
        guard let chunks = chunks(of: file), let text = request.headers.first(name: "Range") else {
            return reply(request, 404)
        }
        let bounds = text.dropFirst("bytes=".count).split(separator: "-").compactMap { UInt64($0) }
        var position: UInt64 = 0
        var offset: UInt64 = 0
        var terms: [ReconstructionTerm] = []
        for entry in chunks {
            let end = position + UInt64(entry.chunk.length)
            defer { position = end }
            guard end > bounds[0], position <= bounds[1] else { continue }
            if terms.isEmpty { offset = bounds[0] - position }
            if let last = terms.last, last.hash == "\(entry.xorb)", Int(last.range.end) == entry.index {
                terms[terms.count - 1].range.end += 1
                terms[terms.count - 1].unpackedLength += entry.chunk.length
            } else {
                let range = ChunkIndexRange(start: UInt32(entry.index), end: UInt32(entry.index) + 1)
                terms.append(.init(hash: "\(entry.xorb)", unpackedLength: entry.chunk.length, range: range))
            }
        }
        let xorbs = log.withLock { $0.xorbs }
        func bytes(_ term: ReconstructionTerm) -> InclusiveByteRange {
            let ends = XorbHash(term.hash).flatMap { xorbs[$0]?.packedEnds } ?? []
            let start = term.range.start == 0 ? 0 : UInt64(ends[Int(term.range.start) - 1])
            return InclusiveByteRange(start: start, end: UInt64(ends[Int(term.range.end) - 1]) - 1)
        }
        let generation = log.withLock { $0.dataRequests.count }
        func url(_ term: ReconstructionTerm) -> String { "http://cas.test/data/\(term.hash)?g=\(generation)" }
        if isV2 {
            let fetches = Dictionary(grouping: terms, by: \.hash).mapValues { terms in
                terms.map { ReconstructionV2.Fetch(url: url($0), ranges: [.init(chunks: $0.range, bytes: bytes($0))]) }
            }
            return try json(request, ReconstructionV2(offsetIntoFirstRange: offset, terms: terms, xorbs: fetches))
        }
        let fetches = Dictionary(grouping: terms, by: \.hash).mapValues { terms in
            terms.map { ReconstructionV1.FetchInfo(range: $0.range, url: url($0), urlRange: bytes($0)) }
        }
        return try json(request, ReconstructionV1(offsetIntoFirstRange: offset, terms: terms, fetchInfo: fetches))
    }

    private func data(_ request: HTTPRequest, path: String) -> HTTPResponse {
        precondition(request.headers.first(name: "Authorization") == nil, "a token went to a data URL")
        let name = String(path.dropFirst("/data/".count).prefix(64))
        let text = request.headers.first(name: "Range") ?? ""
        let bounds = text.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
        guard let hash = XorbHash(name), var body = log.withLock({ $0.xorbs[hash]?.body }), bounds.count == 2 else {
            return reply(request, 404)
        }
        let (isFirst, isFirstOfURL) = log.withLock { log in
            log.dataRequests.append("\(name) \(text)")
            return (log.seen.insert(name).inserted, log.seen.insert(path).inserted)
        }
        let fault = fault.withLock { $0 }
        let victim = bounds[0] + min(20, bounds[1] - bounds[0])
        switch fault {
        case .flipsAlways: body[victim] ^= 1
        case .flipsOnce where isFirst: body[victim] ^= 1
        case .expiresOnce where isFirstOfURL && isFirst: return reply(request, 403)
        case .ignoresRanges: return reply(request, 200, body)
        case .shifts:
            return reply(request, 206, Array(body[bounds[0]...bounds[1]]), headers: ["Content-Range": "bytes 1-9/10"])
        default: break
        }
        var part = Array(body[bounds[0]...bounds[1]])
        var failure: TransportError?
        if case .breaksOnce = fault, isFirst {
            part.removeLast(part.count / 2)
            failure = TransportError(code: .interrupted, message: "cut", url: request.url, retryAdvice: .soon)
        }
        return reply(
            request, 206, part, headers: ["Content-Range": "bytes \(bounds[0])-\(bounds[1])/\(body.count)"],
            failure: failure)
    }

    private func collect(_ body: HTTPRequest.Body) async throws -> [UInt8] {
        switch body {
        case .none: return []
        case .bytes(let buffer): return Array(buffer.readableBytesView)
        case .stream(let length, let make):
            var bytes: [UInt8] = []
            for try await part in make() { bytes += part.readableBytesView }
            precondition(bytes.count == Int(length), "a body must be as long as announced")
            return bytes
        }
    }

    private func json(_ request: HTTPRequest, _ value: some Encodable) throws -> HTTPResponse {
        reply(request, 200, Array(try JSONEncoder().encode(value)))
    }

    private func reply(
        _ request: HTTPRequest, _ status: Int, _ body: [UInt8] = [], headers: HTTPHeaders = [:],
        failure: TransportError? = nil
    ) -> HTTPResponse {
        // Odd part sizes, so that headers and chunks straddle parts.
        let parts = stride(from: 0, to: body.count, by: 50_021).map { start in
            ByteBuffer(bytes: body[start..<min(start + 50_021, body.count)])
        }
        return HTTPResponse(
            status: status, headers: headers,
            body: .init(parts: parts, failure: failure, url: request.url), url: request.url)
    }
}
