import Crypto
import PublishWire
import SwarmWire
import Testing

@Suite struct MetainfoTests {
    @Test("reads what libtorrent reads, file by file and pad by pad", arguments: LibtorrentSample.all)
    func samples(sample: LibtorrentSample) throws {
        let torrent = try Metainfo(sample.bytes)
        #expect(torrent.format.rawValue == sample.format)
        #expect(torrent.hashes.v1.map { hex($0) } ?? "-" == sample.v1)
        #expect(torrent.hashes.v2.map { hex($0) } ?? "-" == sample.v2)
        #expect(torrent.pieceCount == sample.pieces)
        #expect(torrent.hasPieceLayers)
        let files = try torrent.files.indices.map { index in
            let file = torrent.files[index]
            let path =
                torrent.isSingleFile && file.isPad
                ? "\(torrent.name)/\(file.path)" : "\(try torrent.storedPath(of: index))"
            return "\(file.offset) \(file.size) \(file.isPad ? "pad" : "file") \(path)"
        }
        #expect(files == sample.files)
    }

    @Test("a lone file in a folder keeps the folder, except in v2 without v1")
    func loneFile() throws {
        for (format, path) in [("hybrid", "model/only.bin"), ("v1", "model/only.bin"), ("v2", "only.bin")] {
            let torrent = try Metainfo(LibtorrentSample.named("one file in a folder", format).bytes)
            #expect("\(try torrent.storedPath(of: 0))" == path)
            #expect(torrent.payload == [0])
        }
        let single = try Metainfo(LibtorrentSample.named("one file", "hybrid").bytes)
        #expect(single.isSingleFile && single.name == "only.bin")
    }

    @Test("tells what stands around the info dictionary")
    func notes() throws {
        let torrent = try Metainfo(LibtorrentSample.named("tree", "hybrid").bytes)
        #expect(torrent.trackers == ["http://127.0.0.1:6969/announce", "udp://127.0.0.1:6970/announce"])
        #expect(torrent.webSeeds == ["http://127.0.0.1:8000/"])
        #expect(torrent.nodes == [PeerAddress(host: "127.0.0.1", port: 6881)])
        #expect(torrent.comment == "a comment" && torrent.createdBy == "a program")
        #expect(torrent.createdAt == 1_700_000_000 && torrent.isPrivate)
    }

    @Test("leaves out odd addresses and control characters, which anybody may have added")
    func oddNotes() throws {
        var draft = TorrentDraft.v1([.init("a")])
        draft.around["announce"] = "file:///etc/passwd"
        draft.around["announce-list"] = [
            ["http://127.0.0.1/announce", "http://127.0.0.1/announce", "http://user@127.0.0.1/", "udp://x\u{1b}[2J/"],
            "no tier",
        ]
        draft.around["url-list"] = .list([.string("ftp://127.0.0.1/"), .integer(3)])
        draft.around["nodes"] = .list([.list(["::1", 6881]), .list(["a b", 1]), .list(["x", 70_000]), .list(["x"])])
        draft.around["comment"] = "red \u{1b}[31m\u{202E}text\n"
        draft.around["creation date"] = -5
        let torrent = try Metainfo(draft.bytes)
        #expect(torrent.trackers == ["http://127.0.0.1/announce"])
        #expect(torrent.webSeeds.isEmpty && torrent.createdAt == nil)
        #expect(torrent.nodes == [PeerAddress(host: "::1", port: 6881)])
        #expect(torrent.comment == "red [31mtext\n")
    }

    @Test("the hash is over the info dictionary as it stands, with what is not known in it")
    func exactBytes() throws {
        var draft = TorrentDraft.v1([.init("a")])
        draft.info["x_unknown"] = .list([1, "two", ["three": 3]])
        let torrent = try Metainfo(draft.bytes)
        var info = draft.info
        info["name"] = "model"
        info["piece length"] = 16_384
        let bytes = Bencode.encode(.dictionary(info))
        #expect(torrent.hashes.v1 == Array(Insecure.SHA1.hash(data: bytes)))
        #expect(torrent.hashes.v2 == nil)
    }

    @Test("files and pieces lead to each other")
    func geometry() throws {
        for sample in LibtorrentSample.all {
            let torrent = try Metainfo(sample.bytes)
            var seen = [Int64](repeating: 0, count: torrent.files.count)
            for piece in 0..<torrent.pieceCount {
                let spans = torrent.spans(ofPiece: piece)
                #expect(spans.reduce(0) { $0 + $1.range.count } == torrent.size(ofPiece: piece))
                for span in spans {
                    #expect(span.range.lowerBound == seen[span.file])
                    seen[span.file] = span.range.upperBound
                    #expect(torrent.pieces(of: span.file).contains(piece))
                }
            }
            #expect(seen == torrent.files.map(\.size))
            #expect(torrent.payloadSize == torrent.payload.reduce(0) { $0 + torrent.files[$1].size })
        }
    }

    @Test("equal files have equal roots whatever surrounds them and however long the pieces are")
    func equalRoots() throws {
        let file = TorrentDraft.File("weights", size: 100_000)
        var other = TorrentDraft.v2([.init("a", size: 5), file])
        other.pieceLength = 65_536
        other.around = [:]
        other.addTree([.init("a", size: 5), file])
        let first = try Metainfo(TorrentDraft.hybrid([file]).bytes)
        let second = try Metainfo(other.bytes)
        #expect(first.files[0].piecesRoot == second.files[2].piecesRoot)
        #expect(first.layer(of: 0)?.count == 7 * 32 && second.layer(of: 2)?.count == 2 * 32)
        #expect(first.v1Hash(ofPiece: 6)?.count == 20 && second.v1Hash(ofPiece: 0) == nil)
    }

    @Test("a torrent known by a magnet link may lack its layers, a file may not")
    func missingLayers() throws {
        var draft = TorrentDraft.v2([.init("weights", size: 100_000)])
        draft.around = [:]
        #expect(code { () throws(PublishError) in _ = try Metainfo(draft.bytes) } == .missing)
        let torrent = try Metainfo(draft.bytes, requiresLayers: false)
        #expect(!torrent.hasPieceLayers && torrent.layer(of: 0) == nil)
    }

    @Test("ten thousand files are read at once")
    func manyFiles() throws {
        let files = (0..<10_000).map { TorrentDraft.File("data", "part-\($0)", size: Int64($0 % 7)) }
        var draft = TorrentDraft.v1(files)
        draft.pieceLength = 1 << 20
        draft.setPieces(for: files.reduce(0) { $0 + $1.size })
        let torrent = try Metainfo(draft.bytes)
        #expect(torrent.files.count == 10_000 && torrent.pieceCount == 1)
    }

    private func hex(_ bytes: [UInt8]) -> String { Hex.encode(bytes) }
}
