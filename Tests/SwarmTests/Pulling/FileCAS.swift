import FoundationEssentials
import HubWire
import NIOCore
import NIOHTTP1
import Swarm
import Synchronization
import Transport
import Xet
import XetClient

/// A hub's storage with one file, which lies in one xorb, behind the transport protocol.
final class FileCAS: HTTPTransport {
    let file: MemoryFile
    let servesManifests: Bool
    /// Ranges in which the xorb is handed out.
    let parts: Int
    /// Requests by what they were for.
    let requests = Mutex<[String: Int]>([:])
    let sentBytes = Atomic<Int>(0)
    private let xorb: XorbHash
    private let frames: ByteBuffer
    private let manifest: ByteBuffer

    init(_ file: MemoryFile, servesManifests: Bool = true, parts: Int = 1) {
        self.file = file
        self.parts = parts
        self.servesManifests = servesManifests
        xorb = XorbHash(of: file.manifest.chunks)
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
            guard bounds.count == 2, let part = frames.getSlice(at: bounds[0], length: bounds[1] - bounds[0] + 1) else {
                return reply(request, 400)
            }
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
        var fetches: [ReconstructionV2.Fetch] = []
        for part in ranges {
            let part = part.clamped(to: start..<end)
            guard !part.isEmpty else { continue }
            let range = ChunkIndexRange(start: UInt32(part.lowerBound), end: UInt32(part.upperBound))
            // Frames are not compressed: each has its header and its bytes.
            let bytes = InclusiveByteRange(
                start: UInt64(file.offsets[part.lowerBound] + part.lowerBound * ChunkHeader.size),
                end: UInt64(file.offsets[part.upperBound] + part.upperBound * ChunkHeader.size) - 1)
            let length = UInt32(file.offsets[part.upperBound] - file.offsets[part.lowerBound])
            terms.append(ReconstructionTerm(hash: "\(xorb)", unpackedLength: length, range: range))
            fetches.append(.init(url: "http://cas.test/data/\(xorb)", ranges: [.init(chunks: range, bytes: bytes)]))
        }
        return ReconstructionV2(
            offsetIntoFirstRange: UInt64(first - file.offsets[start]), terms: terms, xorbs: ["\(xorb)": fetches])
    }

    /// The chunks that are handed out together.
    var ranges: [Range<Int>] {
        let count = Int(file.chunkCount)
        return (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
    }

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
