import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import NIOPosix
import Xet

/// `GET /v2/reconstructions/{file}`, `GET /v1/reconstructions/{file}` and the batch form (xet-protocol §5.3, §5.10).
extension CASRoutes {
    enum ReconstructionVersion { case v1, v2 }

    /// Different files that one batch may ask for.
    private static let maximumBatch = 100

    /// The batch reply: whole files, and what to fetch for all of them together.
    func reconstruction(
        _ request: Request, file text: Substring, version: ReconstructionVersion, baseURL: String,
    ) async throws -> Response {
        let claims = try authorize(request, .read)
        let hash = try parse(text, as: FileHash.self, "file hash")
        guard let file = try await content.file(hash, linkedTo: claims.repo) else { throw CASRefusal.unknownFile }
        let range = try Self.range(asked: request.headers[.range], size: file.size)
        let (plan, fetches) = try await ContentThreads.reading.runIfActive { [content] in
            var planner = ReconstructionPlanner { try content.index(of: $0) }
            let plan = try planner.add(file, range: range)
            return (plan, planner.fetches())
        }
        switch version {
        case .v1:
            return try Self.json(
                ReconstructionV1(
                    offsetIntoFirstRange: plan.offsetIntoFirstTerm, terms: plan.terms,
                    fetchInfo: fetchInfo(fetches, baseURL: baseURL)))
        case .v2:
            return try Self.json(
                ReconstructionV2(
                    offsetIntoFirstRange: plan.offsetIntoFirstTerm, terms: plan.terms,
                    xorbs: sharedURLs(fetches, baseURL: baseURL)))
        }
    }

    func batchReconstruction(_ request: Request, baseURL: String) async throws -> Response {
        let claims = try authorize(request, .read)
        let names = (request.uri.query ?? "").split(separator: "&").compactMap { field in
            field.hasPrefix("file_id=") ? field.dropFirst("file_id=".count) : nil
        }
        guard !names.isEmpty else { throw CASRefusal(.badRequest, "no file_id is given") }
        let hashes = Set(try names.map { try parse($0, as: FileHash.self, "file hash") })
        guard hashes.count <= Self.maximumBatch else {
            throw CASRefusal(.badRequest, "at most \(Self.maximumBatch) files may be asked for at once")
        }
        let known = try await services.database.pool.read { database in
            try hashes.map { try ContentTables.file($0, linkedTo: claims.repo, in: database) }
        }
        let files = known.compactMap(\.self)
        guard files.count == known.count else { throw CASRefusal.unknownFile }
        let (terms, fetches) = try await ContentThreads.reading.runIfActive { [content] in
            var planner = ReconstructionPlanner { try content.index(of: $0) }
            var terms: [String: [ReconstructionTerm]] = [:]
            for file in files { terms["\(file.hash)"] = try planner.add(file, range: 0..<file.size).terms }
            return (terms, planner.fetches())
        }
        return try Self.json(BatchReconstruction(files: terms, fetchInfo: fetchInfo(fetches, baseURL: baseURL)))
    }

    /// The part of a file that a `Range` header asks for; all of it without one.
    static func range(asked header: String?, size: UInt64) throws(CASRefusal) -> Range<UInt64> {
        guard let header else { return 0..<size }
        guard let specs = ByteRangeSpec.parse(header), specs.count == 1 else {
            throw CASRefusal(.badRequest, "the Range header is not one range of bytes")
        }
        // An empty file is asked for from its start by clients that do not know its size.
        if size == 0, case .span(0, _) = specs[0] { return 0..<0 }
        guard let range = specs[0].resolved(in: size) else {
            throw CASRefusal(
                .rangeNotSatisfiable, "the range starts at or after the end of the file",
                headers: [.contentRange: "bytes */\(size)"])
        }
        return range.lowerBound..<range.upperBound + 1
    }

    /// One URL per range.
    private func fetchInfo(
        _ fetches: [ReconstructionPlanner.XorbFetches], baseURL: String,
    ) -> [String: [ReconstructionV1.FetchInfo]] {
        var info: [String: [ReconstructionV1.FetchInfo]] = [:]
        for xorb in fetches {
            info["\(xorb.object.xorb)"] = xorb.fetches.map { fetch in
                ReconstructionV1.FetchInfo(
                    range: ChunkIndexRange(start: fetch.chunks.lowerBound, end: fetch.chunks.upperBound),
                    url: url(for: [fetch.bytes], of: xorb, baseURL: baseURL),
                    urlRange: InclusiveByteRange(start: fetch.bytes.lowerBound, end: fetch.bytes.upperBound))
            }
        }
        return info
    }

    /// One URL for all ranges of a xorb, or a few when it would grow too long.
    private func sharedURLs(
        _ fetches: [ReconstructionPlanner.XorbFetches], baseURL: String,
    ) -> [String: [ReconstructionV2.Fetch]] {
        var shared: [String: [ReconstructionV2.Fetch]] = [:]
        for xorb in fetches {
            let starts = stride(from: 0, to: xorb.fetches.count, by: URLSigner.maximumRanges)
            shared["\(xorb.object.xorb)"] = starts.map { start in
                let group = xorb.fetches[start..<min(start + URLSigner.maximumRanges, xorb.fetches.count)]
                return ReconstructionV2.Fetch(
                    url: url(for: group.map(\.bytes), of: xorb, baseURL: baseURL),
                    ranges: group.map { fetch in
                        ReconstructionV2.Range(
                            chunks: ChunkIndexRange(start: fetch.chunks.lowerBound, end: fetch.chunks.upperBound),
                            bytes: InclusiveByteRange(start: fetch.bytes.lowerBound, end: fetch.bytes.upperBound))
                    })
            }
        }
        return shared
    }

    private func url(
        for ranges: [ClosedRange<UInt64>], of xorb: ReconstructionPlanner.XorbFetches, baseURL: String,
    ) -> String {
        let expiry = Int64(Date().timeIntervalSince1970) + URLSigner.lifetime
        let grant = DataGrant(object: xorb.object, bodyLength: xorb.bodyLength, ranges: ranges, expiry: expiry)
        return signer.url(for: grant, baseURL: baseURL)
    }
}
