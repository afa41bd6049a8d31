import PublishWire
import SwarmWire
import Testing

/// Torrents that somebody made to do harm, or that are damaged.
@Suite struct HostileMetainfoTests {
    private func fault(_ bytes: [UInt8]) -> PublishError.Code? {
        code { () throws(PublishError) in _ = try Metainfo(bytes) }
    }

    private func fault(_ draft: TorrentDraft) -> PublishError.Code? { fault(draft.bytes) }

    @Test("refuses what is no torrent")
    func noTorrent() {
        for text in [
            "", "i1e", "le", "de", "d4:infoe", "d4:infodee", "d4:info3:abce", "<html>", "d4:infod4:name1:aee ",
            "d4:infod6:lengthi-0eee", "d4:infod6:lengthi01eee", "d4:infod6:lengthi+1eee", "d04:infodee",
            "d4:infod12:piece lengthi99999999999999999999eee", "d9999999999:a", "d4:infodeee", "di1ei2ee",
        ] {
            #expect(fault(Array(text.utf8)) == .malformed, "\(text)")
        }
        let good = TorrentDraft.v1([.init("a")]).bytes
        for length in 0..<good.count { #expect(fault(Array(good.prefix(length))) == .malformed) }
    }

    @Test("refuses keys that are twice there or out of order, for clients differ about them")
    func keys() {
        #expect(fault(Array("d4:infodee4:infodee".utf8)) == .malformed)
        #expect(fault(Array("d4:infod1:ai1e1:ai2eee".utf8)) == .malformed)
        #expect(fault(Array("d4:infode1:ai1ee".utf8)) == .malformed)
    }

    @Test("refuses bombs before they use memory")
    func bombs() {
        let deep = [UInt8](repeating: UInt8(ascii: "l"), count: 1_000_000)
        #expect(fault(Array("d1:a".utf8) + deep) == .tooLarge)
        let wide = Array(repeating: Array("i0e".utf8), count: Metainfo.mostFiles * 40 + 1).flatMap { $0 }
        #expect(fault(Array("d1:al".utf8) + wide + Array("ee".utf8)) == .tooLarge)
        #expect(fault([UInt8](repeating: 0, count: Metainfo.largestTorrent + 1)) == .tooLarge)
    }

    @Test("refuses paths that lead out or that not every system can store", arguments: HostileNames.all)
    func paths(name: String) {
        #expect(fault(TorrentDraft.v1([.init("fine"), .init("sub", name)])) == .unsafePath)
        #expect(fault(TorrentDraft.v1([.init(name, "fine")])) == .unsafePath)
        if !name.isEmpty {
            #expect(fault(TorrentDraft.v2([.init("fine"), .init("sub", name)])) == .unsafePath)
        }
        var draft = TorrentDraft.v1([.init("fine")])
        draft.name = .string(name)
        #expect(fault(draft) == .unsafePath)
        #expect(fault(TorrentDraft.v1([.init("fine"), .init(name, attributes: "p")])) == .unsafePath)
    }

    @Test("refuses the torrents of Silmaril, whose paths are one name, and says so")
    func silmarilPaths() throws {
        do {
            _ = try Metainfo(TorrentDraft.v1([.init("onnx/model.onnx")]).bytes)
            Issue.record("it was taken")
        } catch {
            #expect(error.code == .unsafePath && error.hint?.contains("Silmaril") == true)
        }
    }

    @Test("refuses paths that are not UTF-8, too long, too deep, or given twice with a difference")
    func pathBytes() {
        func with(_ path: BencodeValue, marked: BencodeValue? = nil) -> TorrentDraft {
            var draft = TorrentDraft.v1([.init("a")])
            var entry: BencodeValue = ["length": 10, "path": path]
            if let marked { entry = ["length": 10, "path": path, "path.utf-8": marked] }
            draft.info["files"] = .list([entry])
            return draft
        }
        #expect(fault(with(.list([.bytes([0xFF])]))) == .unsafePath)
        #expect(fault(with(.list([.bytes([0xFF])]), marked: ["fine"])) == nil)
        #expect(fault(with(["fine"], marked: ["fine"])) == nil)
        #expect(fault(with(["one"], marked: ["another"])) == .inconsistent)
        #expect(fault(with(["fine"], marked: [".."])) == .unsafePath)
        #expect(fault(with("a")) == .malformed)
        #expect(fault(with(.list([]))) == .unsafePath)
        #expect(fault(with(.list([3]))) == .malformed)
        let part = BencodeValue.string(String(repeating: "x", count: 90))
        #expect(fault(with(.list(Array(repeating: part, count: 11)))) == nil)
        #expect(fault(with(.list(Array(repeating: part, count: 12)))) == .tooLarge)
        #expect(fault(with(.list(Array(repeating: "d", count: 32)))) == nil)
        #expect(fault(with(.list(Array(repeating: "d", count: 33)))) == .tooLarge)
        let deep = TorrentDraft.File()
        var file = deep
        file.path = Array(repeating: "d", count: 33)
        #expect(fault(TorrentDraft.v2([file])) == .tooLarge)
    }

    @Test(
        "refuses names that are one on some systems",
        arguments: [
            (["a"], ["a"]), (["Model"], ["model"]), (["caf\u{E9}"], ["cafe\u{301}"]), (["a", "x"], ["A", "y"]),
            (["stra\u{DF}e"], ["STRASSE"]), (["\u{212A}"], ["k"]), (["a"], ["a", "b"]), (["a", "b"], ["a"]),
            (["a\u{AD}b"], ["ab"]), (["A"], ["a", "b"]),
        ] as [([String], [String])])
    func collisions(first: [String], second: [String]) {
        var one = TorrentDraft.File()
        var other = one
        one.path = first
        other.path = second
        #expect(fault(TorrentDraft.v1([one, other])) == .nameCollision)
        if first != second { #expect(fault(TorrentDraft.v2([one, other])) == .nameCollision) }
    }

    @Test("pads may share a name, files may share folders")
    func noCollisions() {
        let files = [
            TorrentDraft.File("sub", "a", size: 16_380), .init(".pad", "4", size: 4, attributes: "p"),
            .init("sub", "b", size: 16_380), .init(".pad", "4", size: 4, attributes: "p"), .init("sub", "c", "d"),
        ]
        #expect(fault(TorrentDraft.hybrid(files)) == nil)
    }

    @Test("refuses links")
    func links() {
        #expect(fault(TorrentDraft.v1([.init("a", size: 0, attributes: "l"), .init("b")])) == .unsafePath)
        #expect(fault(TorrentDraft.v2([.init("a", size: 0, attributes: "xl"), .init("b")])) == .unsafePath)
        var draft = TorrentDraft.v1([.init("a")])
        draft.info["files"] = .list([["length": 10, "path": ["a"], "symlink path": ["..", "x"]]])
        #expect(fault(draft) == .unsafePath)
    }

    @Test("refuses sizes that are absurd, negative or missing")
    func sizes() {
        #expect(fault(TorrentDraft.v1([.init("a", size: -1)])) == .malformed)
        #expect(fault(TorrentDraft.v1([.init("a", size: .max)])) == .tooLarge)
        #expect(fault(TorrentDraft.v1([.init("a", size: 1 << 50), .init("b", size: 1 << 50)])) == .tooLarge)
        #expect(fault(TorrentDraft.v1([.init("a", size: .max), .init("b", size: .max)])) == .tooLarge)
        #expect(fault(TorrentDraft.v1([.init("a", size: 0)])) == .malformed)
        #expect(fault(TorrentDraft.v1([.init("a", size: 16, attributes: "p")])) == .malformed)
        #expect(fault(TorrentDraft.v1([])) == .malformed)
        var draft = TorrentDraft.v1([.init("a")])
        draft.info["files"] = .list([["path": ["a"]]])
        #expect(fault(draft) == .malformed)
        draft.info["files"] = .list([["path": ["a"], "length": "10"]])
        #expect(fault(draft) == .malformed)
    }

    @Test("refuses pads that are longer than a piece")
    func longPads() {
        let pad = TorrentDraft.File(".pad", "0", size: 1 << 30, attributes: "p")
        #expect(fault(TorrentDraft.v1([.init("a"), pad])) == .malformed)
    }

    @Test("refuses piece lengths and counts out of range")
    func pieces() {
        for length in [0, -1, 1, 1_023, Int64(Metainfo.largestPiece) + 1, .max, .min] {
            var draft = TorrentDraft.v1([.init("a")])
            draft.pieceLength = length
            #expect(fault(draft) == .tooLarge, "\(length)")
        }
        for length in [Int64(16_384) * 3, 20_000] {
            var draft = TorrentDraft.v2([.init("a")])
            draft.pieceLength = length
            #expect(fault(draft) == .malformed)
        }
        var small = TorrentDraft.v2([.init("a")])
        small.pieceLength = 8_192
        #expect(fault(small) == .tooLarge)
        for count in [0, 19, 21, 40] {
            var draft = TorrentDraft.v1([.init("a")])
            draft.info["pieces"] = .bytes([UInt8](repeating: 0, count: count))
            #expect(fault(draft) == .inconsistent)
        }
        var many = TorrentDraft.v2([.init("a")])
        many.info["file tree"] = [
            "a": ["": ["length": .integer(1 << 49), "pieces root": .bytes(.init(repeating: 1, count: 32))]]
        ]
        #expect(fault(many) == .tooLarge)
    }

    @Test("refuses halves of a hybrid that differ")
    func halves() {
        let files = [TorrentDraft.File("a", size: 16_384), .init("b", size: 100)]
        #expect(fault(TorrentDraft.hybrid(files)) == nil)
        for other in [
            [TorrentDraft.File("a", size: 16_384)], [files[0], .init("b", size: 101)],
            [files[0], .init("c", size: 100)],
            [files[0], files[1], .init("c", size: 100)], [files[1]],
        ] {
            var draft = TorrentDraft.hybrid(files)
            draft.addTree(other)
            #expect(fault(draft) == .inconsistent)
        }
        // Without its pad, b lies in another piece for clients of v1.
        #expect(fault(TorrentDraft.hybrid([.init("a", size: 100), .init("b", size: 100)])) == .inconsistent)
        var single = TorrentDraft.hybrid([.init("a"), .init("b")])
        single.info["files"] = nil
        single.info["length"] = 20
        #expect(fault(single) == .inconsistent)
        single.info["files"] = []
        #expect(fault(single) == .inconsistent)
    }

    @Test("refuses damaged v2 torrents")
    func trees() {
        let root = BencodeValue.bytes([UInt8](repeating: 1, count: 32))
        let leaf: BencodeValue = ["length": 10, "pieces root": root]
        let trees: [(BencodeValue, PublishError.Code)] = [
            ([:], .malformed), (["a": 3], .malformed), (["a": [:]], .malformed), (["a": ["": 3]], .malformed),
            (["": leaf], .nameCollision), (["a": ["": leaf, "b": ["": leaf]]], .nameCollision),
            (["a": ["": ["length": 10]]], .inconsistent),
            (["a": ["": ["length": 0, "pieces root": root]]], .inconsistent),
            (["a": ["": ["length": 10, "pieces root": "short"]]], .inconsistent),
            (["a": ["": ["length": 10, "pieces root": root, "attr": "p"]]], .malformed),
            (["a": ["": [:]]], .inconsistent),
        ]
        for (tree, expected) in trees {
            var draft = TorrentDraft.v2([.init("a")])
            draft.info["file tree"] = tree
            #expect(fault(draft) == expected, "\(tree)")
        }
        var draft = TorrentDraft.v2([.init("a")])
        draft.info["meta version"] = 3
        #expect(fault(draft) == .unsupported)
        draft.info["meta version"] = nil
        draft.info["pieces"] = .bytes([UInt8](repeating: 1, count: 20))
        draft.info["length"] = 10
        #expect(fault(draft) == .inconsistent)
    }

    @Test("refuses piece layers that do not lead to their file")
    func layers() {
        let file = TorrentDraft.File("a", size: 100_000)
        let right = TorrentDraft.zeroLayer(size: file.size, pieceLength: 16_384)
        var wrong = right
        wrong[40] ^= 1
        let cases: [(BencodeValue?, PublishError.Code?)] = [
            (.bytes(right), nil), (.bytes(wrong), .wrongHash), (.bytes(Array(right.dropLast(32))), .inconsistent),
            (.bytes(right + right), .inconsistent), (.bytes([]), .inconsistent), (3, .inconsistent), (nil, .missing),
        ]
        for (layer, expected) in cases {
            var draft = TorrentDraft.v2([file])
            draft.around["piece layers"] = .dictionary(layer.map { [BencodeKey(file.root): $0] } ?? [:])
            #expect(fault(draft) == expected)
        }
    }

    @Test("messages show foreign names in one line and without escapes")
    func messages() {
        do {
            _ = try Metainfo(TorrentDraft.v1([.init("\u{1b}[2J\n\u{202E}x")]).bytes)
            Issue.record("it was taken")
        } catch {
            #expect(!error.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
            #expect(error.message.contains("u{1B}"))
        }
    }
}

enum HostileNames {
    static let all = [
        "", ".", "..", "/", "/etc", "a/b", "..\\x", "a\\b", "C:", "c:", "nul", "NUL", "con", "CON.txt", "Aux.json",
        "com1", "LPT9.log", "COM\u{B9}", "prn ", "a.", "a ", "...", " ", "a\u{0}b", "a\nb", "\u{7F}", "\u{85}",
        "\u{1b}[2J", "a\u{202E}b", "\u{FEFF}", "a\u{2028}b", ".git", ".GIT", ".g\u{200C}it", "CONIN$", "nul .txt",
        String(repeating: "x", count: 241), String(repeating: "\u{E9}", count: 121), "a\u{200D}b", "a\u{2060}b",
    ]
}
