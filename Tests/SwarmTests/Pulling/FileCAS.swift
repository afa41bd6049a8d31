import FoundationEssentials
import HubWire
import NIOCore
import NIOHTTP1
import Swarm
import Synchronization
import Transport
import Xet
import XetClient

/// A hub's storage with one file, behind the transport protocol.
final class FileCAS: HTTPTransport {
    let file: MemoryFile
    let servesManifests: Bool
    private let unseenChunks: Int
    /// Ranges in which the chunks are handed out.
    let parts: Int
    /// Requests by what they were for.
    let requests = Mutex<[String: Int]>([:])
    let sentBytes = Atomic<Int>(0)
    private let frames: ByteBuffer
    private let manifest: ByteBuffer

    /// - Parameter unseenChunks: chunks that each xorb has before those of the file.
    init(_ file: MemoryFile, servesManifests: Bool = true, parts: Int = 1, unseenChunks: Int = 0) {
        self.unseenChunks = unseenChunks
        self.file = file
        self.parts = parts
        self.servesManifests = servesManifests
        // Once: a test that waits for a slow hub must not wait for this.
        frames = file.frames(of: 0..<file.chunkCount)
        manifest = ByteBuffer(bytes: file.manifest.encoded())
    }

    func client(over transport: (any HTTPTransport)? = nil) -> CASClient {
        struct Fixed: CASTokenProvider {
            func credentials(rejecting rejected: String?) async throws -> CASCredentials {
                CASCredentials(casURL: "http://cas.test/cas", accessToken: "t", expiry: .max)
            }
        }
        return CASClient(
            transport: transport ?? self, tokens: Fixed(), sessionID: "s", userAgent: "shoal-tests",
            retryPolicy: RetryPolicy())
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let path = request.url.replacing("http://cas.test", with: "")
        let kind = path.hasPrefix("/data/") ? "data" : path.contains("/manifests/") ? "manifest" : "plan"
        requests.withLock { $0[kind, default: 0] += 1 }
        let bounds = (request.headers.first(name: "Range") ?? "").dropFirst("bytes=".count).split(separator: "-")
            .compactMap { Int($0) }
        switch kind {
        case "manifest":
            guard servesManifests else { return reply(request, 404) }
            return reply(request, 200, manifest)
        case "data":
            let xorb = file.xorbs.first { path.hasSuffix("\($0.hash)") }
            guard bounds.count == 2, let xorb,
                let part = frames.getSlice(
                    at: framesEnd(xorb.chunks.lowerBound) + bounds[0], length: bounds[1] - bounds[0] + 1)
            else { return reply(request, 400) }
            sentBytes.add(part.readableBytes, ordering: .relaxed)
            return reply(
                request, 206, part,
                headers: ["Content-Range": "bytes \(bounds[0])-\(bounds[1])/\(frames.readableBytes)"])
        default:
            guard path.contains("/v2/reconstructions/"), bounds.count == 2 else { return reply(request, 404) }
            return reply(request, 200, ByteBuffer(bytes: try JSONEncoder().encode(plan(bounds[0], bounds[1]))))
        }
    }

    private func plan(_ first: Int, _ last: Int) -> ReconstructionV2 {
        let start = file.offsets.lastIndex { $0 <= first } ?? 0
        let end = file.offsets.firstIndex { $0 > last } ?? file.offsets.count - 1
        var terms: [ReconstructionTerm] = []
        var xorbs: [String: [ReconstructionV2.Fetch]] = [:]
        for xorb in file.xorbs {
            let origin = framesEnd(xorb.chunks.lowerBound)
            for part in ranges {
                let chunks = xorb.chunks.clamped(to: part).clamped(to: start..<end)
                guard !chunks.isEmpty else { continue }
                let range = ChunkIndexRange(
                    start: UInt32(chunks.lowerBound - xorb.chunks.lowerBound + unseenChunks),
                    end: UInt32(chunks.upperBound - xorb.chunks.lowerBound + unseenChunks))
                let bytes = InclusiveByteRange(
                    start: UInt64(framesEnd(chunks.lowerBound) - origin),
                    end: UInt64(framesEnd(chunks.upperBound) - origin) - 1)
                let length = UInt32(file.offsets[chunks.upperBound] - file.offsets[chunks.lowerBound])
                terms.append(ReconstructionTerm(hash: "\(xorb.hash)", unpackedLength: length, range: range))
                xorbs["\(xorb.hash)", default: []].append(
                    .init(url: "http://cas.test/data/\(xorb.hash)", ranges: [.init(chunks: range, bytes: bytes)]))
            }
        }
        return ReconstructionV2(
            offsetIntoFirstRange: UInt64(first - file.offsets[start]), terms: terms, xorbs: xorbs)
    }

    /// The chunks that are handed out together.
    var ranges: [Range<Int>] {
        let count = Int(file.chunkCount)
        return (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
    }

    /// Where the frames before a chunk end. They are not compressed: each has its header and its bytes.
    private func framesEnd(_ chunk: Int) -> Int { file.offsets[chunk] + chunk * ChunkHeader.size }

    private func reply(
        _ request: HTTPRequest, _ status: Int, _ body: ByteBuffer = ByteBuffer(), headers: HTTPHeaders = [:]
    ) -> HTTPResponse {
        var body = body
        var parts: [ByteBuffer] = []
        while let part = body.readSlice(length: min(body.readableBytes, 65_536)), part.readableBytes > 0 {
            parts.append(part)
        }
        return HTTPResponse(
            status: status, headers: headers, body: .init(parts: parts, url: request.url), url: request.url)
    }
}
