import HTTPTypes
import HummingbirdTesting
import Testing
import Xet

@testable import HubServer

@Suite("Manifest route", .timeLimit(.minutes(2)))
struct CASManifestTests {
    @Test("a manifest proves itself against its file's hash")
    func manifest() async throws {
        let fixture = try CASFixture()
        let (first, second) = (SampleXorb(seed: 60), SampleXorb(seed: 61))
        let file = SampleFile([(first, 2..<6), (second, 0..<6), (first, 0..<3)])
        let empty = SampleFile([])
        try await fixture.run { client in
            try await client.store([file, empty], [first, second])
            let response = try await client.get("/cas/v1/manifests/\(file.hash)")
            #expect(response.status == .ok)
            #expect(response.field("content-length") == "\(ManifestWire.size(chunkCount: 13))")
            let manifest = try response.bytes.withUnsafeBytes { try FileManifest(decoding: $0) }
            #expect(manifest.chunks == file.chunks)
            try manifest.verify(file.hash)
            let none = try await client.get("/cas/v1/manifests/\(empty.hash)")
            #expect(none.bytes.count == ManifestWire.headerSize)
            let foreign = fixture.token(.read, repo: fixture.otherRepo)
            #expect(try await client.get("/cas/v1/manifests/\(file.hash)", token: foreign).status == .notFound)
            #expect(try await client.send(.get, "/cas/v1/manifests/\(file.hash)", token: nil).status == .unauthorized)
        }
    }

    @Test("a hub that serves no manifests says that there is no such route")
    func switchedOff() async throws {
        let fixture = try CASFixture { $0.servesManifests = false }
        let xorb = SampleXorb(seed: 62)
        let file = SampleFile([(xorb, 0..<6)])
        try await fixture.run { client in
            try await client.store([file], [xorb])
            #expect(try await client.get("/cas/v1/manifests/\(file.hash)").status == .notFound)
        }
    }
}
