import Foundation
import HubWire
import Testing
import Transfer

@testable import HubClient

@Suite struct HubPreviewTests {
    private let repo: RepoReference
    private let model = ModelRepo(["README.md": "hello", "sub/a.txt": "content"], lfs: ["weights.dat": "0123456789"])

    init() throws { repo = try RepoReference(parsing: "ns/name") }

    @Test("a preview costs one listing and writes nothing") func cost() async throws {
        try await withHub(model.handle) { hub, server, folder in
            let preview = try await hub.preview(PullRequest(repo: repo, include: ["*.md", "*.dat", "*.gone"]))
            #expect(preview.files.map(\.path) == ["README.md", "weights.dat"])
            #expect(preview.files.map(\.size) == [5, 10])
            #expect(preview.toFetch.count == 2)
            #expect(preview.unmatchedPatterns == ["*.gone"])
            #expect(preview.commit == ModelRepo.commit)
            #expect(server.requests.count == 2)
            #expect(try folder.listing().isEmpty)
        }
    }

    @Test("what is on the disk is told, in the cache and in a plain folder") func local() async throws {
        try await withHub(model.handle) { hub, _, folder in
            _ = try await hub.pull(PullRequest(repo: repo, files: ["README.md"]), observer: SilentObserver())
            let preview = try await hub.preview(PullRequest(repo: repo))
            #expect(preview.toFetch.map(\.path) == ["sub/a.txt", "weights.dat"])
            let forced = try await hub.preview(PullRequest(repo: repo, isForced: true))
            #expect(forced.toFetch.count == 3)
            let plain = try await hub.preview(PullRequest(repo: repo, localDirectory: folder.file("plain")))
            #expect(plain.toFetch.map(\.path) == ["sub/a.txt", "weights.dat"])
        }
    }

    @Test("offline the cache's listing answers, or nobody does") func offline() async throws {
        try await withHub(model.handle) { hub, server, folder in
            _ = try await hub.pull(PullRequest(repo: repo, files: ["README.md"]), observer: SilentObserver())
            server.forget()
            try await withHub(endpoint: server.url, folder: folder, settings: { $0.isOffline = true }) { hub in
                let preview = try await hub.preview(PullRequest(repo: repo))
                #expect(preview.isOffline && preview.toFetch.count == 2)
                let other = RepoReference(type: .model, id: repo.id, revision: "v2")
                _ = try await hubError(.offline) { _ = try await hub.preview(PullRequest(repo: other)) }
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test("offline every missing file is named") func offlineNamesAll() async throws {
        try await withHub(model.handle) { hub, server, folder in
            _ = try await hub.pull(PullRequest(repo: repo, files: ["README.md"]), observer: SilentObserver())
            try await withHub(endpoint: server.url, folder: folder, settings: { $0.isOffline = true }) { hub in
                let error = try await hubError(.offline) {
                    _ = try await hub.pull(PullRequest(repo: repo), observer: SilentObserver())
                }
                #expect(error.message.contains("2 of 3 wanted files"))
                #expect(error.message.hasSuffix(": sub/a.txt, weights.dat."))
                _ = try await hubError(.offline) {
                    _ = try await hub.pull(
                        PullRequest(repo: repo, files: ["README.md"], isForced: true), observer: SilentObserver())
                }
            }
        }
    }

    @Test("a forced pull replaces what was damaged, in the cache and in a plain folder") func forced() async throws {
        try await withHub(model.handle) { hub, server, folder in
            for local in [nil, folder.file("plain")] {
                let request = PullRequest(repo: repo, files: ["weights.dat"], localDirectory: local)
                let path = try await hub.pull(request, observer: SilentObserver()).path
                let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
                try Data("01234x6789".utf8).write(to: file)
                server.forget()
                var again = request
                again.isForced = true
                let result = try await hub.pull(again, observer: SilentObserver())
                #expect(result.files.map(\.outcome) == [.transferred])
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "0123456789")
                #expect(server.lines.count { $0.contains("/resolve/") } == 1)
            }
        }
    }

    @Test("parts of a file come in order, and a short file is an error") func parts() async throws {
        let folder = try TemporaryFolder()
        let bytes = Data((0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        let path = folder.file("x")
        try bytes.write(to: URL(fileURLWithPath: path))
        final class Sink: @unchecked Sendable {
            // Written by one thread at a time, and read after the call has returned.
            var data = Data()
        }
        let whole = Sink()
        try await FileParts.forEach(of: path) { whole.data.append(contentsOf: $0) }
        #expect(whole.data == bytes)
        let part = Sink()
        try await FileParts.forEach(of: path, in: 1_048_575..<2_100_000) { part.data.append(contentsOf: $0) }
        #expect(part.data == bytes[1_048_575..<2_100_000])
        _ = try await hubError(.localFile) { try await FileParts.forEach(of: path, in: 0..<2_500_001) { _ in } }
    }
}
