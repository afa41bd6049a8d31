import HTTPTypes
import HubWire
import HummingbirdTesting
import Testing
import Xet

@testable import HubServer

@Suite("Reconstruction", .timeLimit(.minutes(2)))
struct CASReconstructionTests {
    /// Fetches what a v2 plan says and puts the file together as a client does, checking nothing but the plan.
    private func assemble(_ plan: ReconstructionV2, _ client: CASTestClient, wanted: Int) async throws -> [UInt8] {
        var runs: [String: [(chunks: ChunkIndexRange, lengths: [[UInt8]])]] = [:]
        for (xorb, fetches) in plan.xorbs {
            for fetch in fetches {
                for range in fetch.ranges {
                    let response = try await client.fetch(
                        fetch.url, range: "bytes=\(range.bytes.start)-\(range.bytes.end)")
                    #expect(response.status == .partialContent)
                    let chunks = try unpack(response.bytes)
                    #expect(chunks.count == Int(range.chunks.end - range.chunks.start))
                    runs[xorb, default: []].append((range.chunks, chunks))
                }
            }
        }
        var bytes: [UInt8] = []
        for term in plan.terms {
            let run = try #require(
                runs[term.hash]?.first { $0.chunks.start <= term.range.start && term.range.end <= $0.chunks.end })
            let first = Int(term.range.start - run.chunks.start)
            let part = run.lengths[first..<first + Int(term.range.end - term.range.start)].flatMap(\.self)
            #expect(part.count == Int(term.unpackedLength))
            bytes += part
        }
        return Array(bytes.dropFirst(Int(plan.offsetIntoFirstRange)).prefix(wanted))
    }

    private func unpack(_ body: [UInt8]) throws -> [[UInt8]] {
        try body.withUnsafeBytes { raw in
            var chunks: [[UInt8]] = []
            var position = 0
            let decoder = ChunkDecoder()
            while position < raw.count {
                let rest = UnsafeRawBufferPointer(rebasing: raw[position...])
                let header = try ChunkHeader(parsing: rest, at: UInt64(position))
                let payload = UnsafeRawBufferPointer(rebasing: rest[8..<8 + header.packedLength])
                var plain = [UInt8](repeating: 0, count: header.unpackedLength)
                try plain.withUnsafeMutableBytes { try decoder.decode(header, payload: payload, into: $0, offset: 0) }
                chunks.append(plain)
                position += 8 + header.packedLength
            }
            return chunks
        }
    }

    @Test("every part of a file comes out of its plan, whatever its segments look like")
    func ranges() async throws {
        let fixture = try CASFixture()
        let (first, second) = (SampleXorb(seed: 1), SampleXorb(seed: 2))
        // Shares chunks with itself, goes back and forth between xorbs, has adjacent and overlapping runs.
        let file = SampleFile([(first, 1..<4), (second, 0..<6), (first, 3..<5), (first, 0..<1), (second, 2..<3)])
        try await fixture.run { client in
            try await client.store([file], [first, second])
            let size = file.bytes.count
            let boundary = Int(first.finished.chunks[1].length)
            let ranges = [
                0..<size, 0..<1, size - 1..<size, boundary - 1..<boundary, boundary..<boundary + 1,
                boundary - 1..<boundary + 1, 20_000..<120_000, 1..<size - 1,
            ]
            for range in ranges {
                let header = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
                let response = try await client.get("/cas/v2/reconstructions/\(file.hash)", range: header)
                #expect(response.status == .ok)
                let plan = try response.decoded(ReconstructionV2.self)
                let bytes = try await assemble(plan, client, wanted: range.count)
                #expect(bytes == Array(file.bytes[range]), "\(header)")
                for fetches in plan.xorbs.values { #expect(fetches.count == 1, "one URL serves all ranges of a xorb") }
            }
            let whole = try await client.get("/cas/v2/reconstructions/\(file.hash)").decoded(ReconstructionV2.self)
            #expect(whole.terms.count == 5)
            let merged = try #require(whole.xorbs["\(first.hash)"]?.first)
            #expect(merged.ranges.map(\.chunks) == [ChunkIndexRange(start: 0, end: 5)])
            #expect(merged.ranges[0].bytes.end == UInt64(first.finished.packedEnds[4]) - 1)
            let beyond = try await client.get("/cas/v2/reconstructions/\(file.hash)", range: "bytes=5-99999999")
            let rest = try await assemble(beyond.decoded(ReconstructionV2.self), client, wanted: size)
            #expect(rest == Array(file.bytes[5...]))
            let tail = try await client.get("/cas/v2/reconstructions/\(file.hash)", range: "bytes=-7")
            let end = try await assemble(tail.decoded(ReconstructionV2.self), client, wanted: 7)
            #expect(end == Array(file.bytes.suffix(7)))
        }
    }

    @Test("v1 gives each range a URL of its own and the same terms")
    func versionOne() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 3)
        let file = SampleFile([(xorb, 0..<2), (xorb, 4..<6)])
        try await fixture.run { client in
            try await client.store([file], [xorb])
            let old = try await client.get("/cas/v1/reconstructions/\(file.hash)").decoded(ReconstructionV1.self)
            let new = try await client.get("/cas/v2/reconstructions/\(file.hash)").decoded(ReconstructionV2.self)
            #expect(old.terms == new.terms)
            #expect(old.offsetIntoFirstRange == 0)
            let info = try #require(old.fetchInfo["\(xorb.hash)"])
            #expect(info.map(\.range) == [ChunkIndexRange(start: 0, end: 2), ChunkIndexRange(start: 4, end: 6)])
            #expect(Set(info.map(\.url)).count == 2)
            for entry in info {
                let range = "bytes=\(entry.urlRange.start)-\(entry.urlRange.end)"
                let response = try await client.fetch(entry.url, range: range)
                #expect(response.bytes == Array(xorb.body[Int(entry.urlRange.start)...Int(entry.urlRange.end)]))
            }
            let both = try await client.get(
                "/cas/v1/reconstructions?file_id=\(file.hash)&file_id=\(file.hash)")
            #expect(both.status == .ok)
            #expect(both.message.contains("\"files\"") && both.message.contains("\"fetch_info\""))
            let missing = try await client.get(
                "/cas/v1/reconstructions?file_id=\(file.hash)&file_id=\(FileHash(of: xorb.finished.chunks))")
            #expect(missing.status == .notFound)
            #expect(try await client.get("/cas/v1/reconstructions?x=1").status == .badRequest)
            let many = (0...100).map { "file_id=\(String(repeating: "0", count: 61))\(100 + $0)" }
            let refused = try await client.get("/cas/v1/reconstructions?\(many.joined(separator: "&"))")
            #expect(refused.status == .badRequest)
        }
    }

    @Test("a range at or after the end is 416; an empty file asked from 0 is an empty plan")
    func edges() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 4)
        let file = SampleFile([(xorb, 0..<6)])
        let empty = SampleFile([], sha256: .ofNothing)
        try await fixture.run { client in
            try await client.store([file, empty], [xorb])
            for version in ["v1", "v2"] {
                let path = "/cas/\(version)/reconstructions/\(file.hash)"
                let past = try await client.get(path, range: "bytes=\(file.bytes.count)-")
                #expect(past.status == .rangeNotSatisfiable)
                #expect(past.field("content-range") == "bytes */\(file.bytes.count)")
                #expect(try await client.get(path, range: "bytes=9-3").status == .badRequest)
                #expect(try await client.get(path, range: "bytes=0-1,4-5").status == .badRequest)
                #expect(try await client.get(path, range: "lines=1-2").status == .badRequest)
                let none = "/cas/\(version)/reconstructions/\(empty.hash)"
                #expect(try await client.get(none, range: "bytes=0-255999999").status == .ok)
                #expect(try await client.get(none, range: "bytes=1-2").status == .rangeNotSatisfiable)
            }
            let plan = try await client.get("/cas/v2/reconstructions/\(empty.hash)").decoded(ReconstructionV2.self)
            #expect(plan == ReconstructionV2(offsetIntoFirstRange: 0, terms: [], xorbs: [:]))
        }
    }

    @Test("tokens decide: none, foreign, expired, tampered, of another repository")
    func authorization() async throws {
        let fixture = try CASFixture()
        let xorb = SampleXorb(seed: 5)
        let file = SampleFile([(xorb, 0..<6)])
        try await fixture.run { client in
            try await client.store([file], [xorb])
            let path = "/cas/v2/reconstructions/\(file.hash)"
            #expect(try await client.send(.get, path, token: nil).status == .unauthorized)
            #expect(try await client.get(path, token: "hf_whatever").status == .unauthorized)
            #expect(try await client.get(path, token: fixture.token(lifetime: .seconds(-1))).status == .unauthorized)
            let token = fixture.token(.read)
            for position in token.indices.dropFirst(4) where token[position] != "." {
                var forged = token
                forged.replaceSubrange(position...position, with: token[position] == "A" ? "B" : "A")
                #expect(throws: CASTokenError.invalid) {
                    // The last character of each part may carry unused bits; a changed text must not pass all the same.
                    let claims = try CASTokens.verify(forged, secrets: fixture.services.secrets)
                    if Base64URL.decode(forged.dropFirst(4).split(separator: ".")[0])
                        == Base64URL.decode(token.dropFirst(4).split(separator: ".")[0]), claims.repo == fixture.repo
                    {
                        throw CASTokenError.invalid
                    }
                }
            }
            let foreign = try await client.get(path, token: fixture.token(.read, repo: fixture.otherRepo))
            let unknown = try await client.get(
                "/cas/v2/reconstructions/\(FileHash(of: [xorb.finished.chunks[0]]))",
                token: fixture.token(.read, repo: fixture.otherRepo))
            #expect(foreign.status == .notFound)
            #expect(foreign.message == unknown.message, "a file of others must look like one that is not stored")
            for write in ["/cas/v1/shards", "/cas/v2/shards", "/cas/v1/xorbs/default/\(xorb.hash)"] {
                #expect(try await client.post(write, [1], token: fixture.token(.read)).status == .forbidden)
            }
        }
    }

    @Test("unknown routes and malformed hashes are refused")
    func malformed() async throws {
        let fixture = try CASFixture()
        try await fixture.run { client in
            for path in ["/cas/v1", "/cas/v3/reconstructions/x", "/cas/v1/files/1", "/cas/v1/telemetry", "/cas"] {
                #expect(try await client.get(path).status == .notFound, "\(path)")
                #expect(try await client.post(path + "/x", [1]).status == .notFound, "\(path)")
            }
            let hash = String(repeating: "A1", count: 32)
            for path in ["v2/reconstructions", "v1/reconstructions", "v1/manifests", "v1/chunks/default"] {
                #expect(try await client.get("/cas/\(path)/\(hash)").status == .badRequest)
                #expect(try await client.get("/cas/\(path)/12").status == .badRequest)
            }
            for prefix in ["default", "default-merkledb"] {
                let response = try await client.get("/cas/v1/chunks/\(prefix)/\(hash.lowercased())")
                #expect(response.status == .notFound)
            }
        }
    }
}
