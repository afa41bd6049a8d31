import PublishWire
import TestSupport
import Testing

/// Whatever comes, parsers return or throw their own error, and no path that they return leads anywhere.
@Suite struct MetainfoFuzzTests {
    private static let rounds = 40_000

    @Test("damaged torrents")
    func torrents() {
        var generator = SplitMix64(seed: announcedSeed())
        var drafts = [
            TorrentDraft.v1([.init("a", "b"), .init("c")]).bytes,
            TorrentDraft.v2([.init("a", "b", size: 40_000), .init("c")]).bytes,
            TorrentDraft.hybrid([.init("a", size: 32_768), .init("c", "d")]).bytes,
        ]
        drafts += LibtorrentSample.all.map(\.bytes)
        var taken = 0
        for round in 0..<Self.rounds {
            let bytes = Mutation.apply(to: drafts[round % drafts.count], &generator)
            guard let torrent = try? Metainfo(bytes, requiresLayers: round % 2 == 0) else { continue }
            taken += 1
            check(torrent)
        }
        // Notes around the info dictionary may change freely.
        #expect(taken > 0)
    }

    private func check(_ torrent: Metainfo) {
        #expect(torrent.files.reduce(0) { $0 + $1.size } == torrent.extent)
        #expect((torrent.extent - 1) / Int64(torrent.pieceLength) + 1 == Int64(torrent.pieceCount))
        for file in torrent.files.indices where !torrent.files[file].isPad {
            guard let path = try? torrent.storedPath(of: file) else { continue }
            #expect(isHarmless(path))
        }
        for piece in [0, torrent.pieceCount / 2, torrent.pieceCount - 1] {
            let size = torrent.spans(ofPiece: piece).reduce(0) { $0 + $1.range.count }
            #expect(size == torrent.size(ofPiece: piece))
        }
    }

    @Test("damaged magnet links")
    func links() throws {
        var generator = SplitMix64(seed: announcedSeed())
        let samples = [
            "magnet:?xt=urn:btih:0102030405060708090a0b0c0d0e0f1011121314&dn=a%20b&tr=http://127.0.0.1/&x.pe=[::1]:5",
            "magnet:?xs=urn:btpk:\(String(repeating: "ab", count: 32))&s=0102&ws=https://127.0.0.1/&xl=5",
            "magnet:?xt=urn:btmh:1220\(String(repeating: "ab", count: 32))&dn=x",
        ].map { Array($0.utf8) }
        for round in 0..<Self.rounds {
            let text = String(decoding: Mutation.apply(to: samples[round % 3], &generator), as: UTF8.self)
            guard let link = try? MagnetLink(text) else { continue }
            #expect(try MagnetLink(link.description) == link)
        }
    }

    @Test("random names make harmless paths or none")
    func names() {
        var generator = SplitMix64(seed: announcedSeed())
        let pieces = HostileNames.all + ["a", "B", "/", ".", "\u{301}", "\u{200D}", ":", " "]
        for _ in 0..<Self.rounds {
            let text = (0..<Int.random(in: 1...5, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            guard let path = try? TorrentPath(text) else { continue }
            #expect(isHarmless(path))
        }
    }

    private func isHarmless(_ path: TorrentPath) -> Bool {
        let text = Array(path.description.utf8)
        let parts = text.split(separator: 0x2F, omittingEmptySubsequences: false)
        return text.first != 0x2F && !text.contains(0x5C) && !text.contains { $0 < 0x20 || $0 == 0x7F }
            && parts.count == path.components.count
            && parts.allSatisfy { !$0.isEmpty && Array($0) != [0x2E] && Array($0) != [0x2E, 0x2E] && $0.count <= 240 }
    }
}

/// Damage as it comes from bad disks and bad people.
enum Mutation {
    static func apply(to bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes[place] = .random(in: 0...255, using: &generator)
            case 1: bytes.removeLast(Int.random(in: 1...min(40, bytes.count), using: &generator))
            case 2: bytes.insert(.random(in: 0...255, using: &generator), at: place)
            case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 4: bytes.remove(at: place)
            case 5: bytes[place] = Array("/.\\0123456789:eldi\"{}[],-".utf8).randomElement(using: &generator) ?? 0
            default:
                let end = min(bytes.count, place + Int.random(in: 1...12, using: &generator))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            }
        }
        return bytes
    }
}
