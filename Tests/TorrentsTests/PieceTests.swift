import PublishWire
import TestSupport
import Testing
import Torrents

@Suite struct PieceTests {
    @Test("takes pieces from elsewhere when they are right", arguments: TorrentPlan.Format.allCases)
    func giving(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let engine = try await fixture.engine()
            let metainfo = try Metainfo(try await engine.make(sample.plan) { _ in })
            let torrent = try await engine.add(TorrentOrder(.metainfo(metainfo.bytes), folder: fixture.path("got")))
            for wrong in [[1], [UInt8](repeating: 0, count: 65_537)] {
                await #expect(throws: TorrentError.self) { try await engine.give(wrong, as: 0, to: torrent) == false }
            }
            await #expect(throws: TorrentError.self) { try await engine.give([1], as: 9_999, to: torrent) == false }
            for piece in 0..<metainfo.pieceCount {
                let bytes = try sample.bytes(ofPiece: piece, in: metainfo)
                if piece.isMultiple(of: 5) {
                    var wrong = bytes
                    wrong[0] ^= 1
                    #expect(try await engine.give(wrong, as: piece, to: torrent) == false)
                }
                #expect(try await engine.give(bytes, as: piece, to: torrent))
                // One that is there is not taken again.
                #expect(try await engine.give([UInt8](repeating: 1, count: bytes.count), as: piece, to: torrent))
            }
            try await engine.wait(for: .seeding, of: torrent)
            try await expectSame(sample.folder, fixture.path("got/sample-model"))
        }
    }

    @Test("what is given goes on to others")
    func passingOn() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let engine = try await fixture.engine()
            let metainfo = try Metainfo(try await engine.make(sample.plan) { _ in })
            let torrent = try await engine.add(TorrentOrder(.metainfo(metainfo.bytes), folder: fixture.path("got")))
            let other = try await fixture.engine()
            var order = TorrentOrder(.metainfo(metainfo.bytes), folder: fixture.path("other"))
            order.peers = [.local(await engine.port)]
            let copy = try await other.add(order)
            try await other.wait(until: "a peer") { try await other.status(of: copy).peers > 0 }
            for piece in 0..<metainfo.pieceCount {
                #expect(try await engine.give(try sample.bytes(ofPiece: piece, in: metainfo), as: piece, to: torrent))
            }
            try await other.wait(for: .seeding, of: copy)
            try await expectSame(sample.folder, fixture.path("other/sample-model"))
        }
    }

    @Test(
        "a peer that sends wrong bytes is found out, and an honest one is enough",
        arguments: TorrentPlan.Format.allCases)
    func poison(format: TorrentPlan.Format) async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture).with(format)
            let (seeder, _, metainfo) = try await fixture.seeder(sample)
            let spoilt = try await SampleTorrent(fixture, at: "spoilt", seed: 2)
            try await writeBytes(metainfo, to: fixture.path("sample.torrent"))
            let liar = try await OtherLibtorrent(fixture: fixture).seed(
                fixture.path("sample.torrent"), from: spoilt.parent, isSpoilt: true)
            let engine = try await fixture.engine()
            let events = engine.events()
            let torrent = try await engine.add(TorrentOrder(.metainfo(metainfo), folder: fixture.path("got")))
            try await engine.connect(torrent, to: .local(liar.port))
            for await event in events {
                guard case .wrongPiece(torrent, _, let peer) = event else { continue }
                // A peer that sent the whole piece is named.
                if let peer { #expect(peer == .local(liar.port)) }
                break
            }
            #expect(try await engine.status(of: torrent).wasted > 0)
            try await engine.connect(torrent, to: .local(await seeder.port))
            try await engine.wait(for: .seeding, of: torrent)
            try await expectSame(sample.folder, fixture.path("got/sample-model"))
        }
    }

    @Test("a seed whose files have changed gives nothing wrong away, and finds out what it lacks")
    func changedSeed() async throws {
        try await withFixture { fixture in
            let sample = try await SampleTorrent(fixture)
            let (seeder, source, metainfo) = try await fixture.seeder(sample)
            var bytes = try readBytes(sample.folder + "/model.safetensors")
            bytes[700_000] ^= 1
            try await writeBytes(bytes, to: sample.folder + "/model.safetensors")
            let engine = try await fixture.engine()
            var order = TorrentOrder(.metainfo(metainfo), folder: fixture.path("got"))
            order.peers = [.local(await seeder.port)]
            let torrent = try await engine.add(order)
            try await engine.wait(until: "all but one piece", timeout: .seconds(40)) {
                // The seeder hangs up when it begins to check.
                try await engine.connect(torrent, to: .local(await seeder.port))
                try await Task.sleep(for: .milliseconds(100))
                return try await engine.pieces(of: torrent).count { !$0 } == 1
            }
            #expect(try await engine.status(of: torrent).wasted == 0)
            try await seeder.wait(for: .downloading, of: source)
            #expect(try await seeder.pieces(of: source).count { !$0 } == 1)
        }
    }
}

extension SampleTorrent {
    /// The bytes of a piece, with the zeros of the pads.
    fileprivate func bytes(ofPiece piece: Int, in metainfo: Metainfo) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for span in metainfo.spans(ofPiece: piece) {
            let file = metainfo.files[span.file]
            let range = Int(span.range.lowerBound)..<Int(span.range.upperBound)
            if file.isPad {
                bytes += [UInt8](repeating: 0, count: range.count)
            } else {
                bytes += try readBytes(folder + "/" + file.path.components.joined(separator: "/"))[range]
            }
        }
        return bytes
    }
}
