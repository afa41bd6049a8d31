import Foundation
import PublishWire
import TestSupport
import Testing
import Torrents

@Suite(.serialized) struct ScaleTests {
    @Test("a torrent of ten thousand files is made, opened and told of in bounded memory")
    func manyFiles() async throws {
        try await withFixture { fixture in
            // One file in ten thousand places: to write as many takes longer than all the rest.
            let source = fixture.path("source.bin")
            try await writeBytes([1, 2, 3, 4, 5], to: source)
            let files = (0..<10_000).map { index in
                TorrentPlan.File(path: ["part-\(index / 100)", "file-\(index)"], source: source, size: 5)
            }
            let engine = try await fixture.engine()
            let before = residentMemory()
            var plan = TorrentPlan(name: "many", files: files)
            plan.pieceLength = 16 << 10
            let metainfo = try await engine.make(plan) { _ in }
            var order = TorrentOrder(.metainfo(metainfo), folder: fixture.path("source"))
            order.isSeed = true
            for index in try Metainfo(metainfo).payload { order.places[index] = source }
            let torrent = try await engine.add(order)
            #expect(try await engine.fileProgress(of: torrent).count >= 10_000)
            #expect(try await engine.status(of: torrent).done == files.reduce(0) { $0 + $1.size })
            #expect(try await engine.resumeData(of: torrent).count < 8 << 20)
            // Others run beside this test; alone it takes about 40 MiB.
            #expect(residentMemory() - before < 256 << 20)
        }
    }

    @Test("a torrent of 200 GB is opened and seeded without being read")
    func large() async throws {
        try await withFixture { fixture in
            // Hashing as much takes minutes: a description with made-up hashes does.
            let (length, count) = (16 << 20, 12_800)
            let size = length * count
            let file = try fixture.directory("big/model") + "/weights.bin"
            guard FileManager.default.createFile(atPath: file, contents: nil) else { throw TestFailure(file) }
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.truncate(atOffset: UInt64(size))
            try handle.close()
            let info = "d6:lengthi\(size)e4:name11:weights.bin12:piece lengthi\(length)e6:pieces\(count * 20):"
            let hashes = SampleContent.random.bytes(count * 20, seed: 3)
            let metainfo = Array("d4:info\(info)".utf8) + hashes + Array("ee".utf8)
            let engine = try await fixture.engine()
            let before = residentMemory()
            var order = TorrentOrder(.metainfo(metainfo), folder: fixture.path("big/model"))
            order.isSeed = true
            let torrent = try await engine.add(order)
            try await engine.wait(for: .seeding, of: torrent)
            #expect(try await engine.status(of: torrent).wanted == Int64(size))
            #expect(try await engine.pieces(of: torrent).count == count)
            #expect(residentMemory() - before < 128 << 20)
        }
    }

    private func residentMemory() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096
    }
}
