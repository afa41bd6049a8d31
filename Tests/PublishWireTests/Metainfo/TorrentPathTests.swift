import PublishWire
import Testing

@Suite struct TorrentPathTests {
    @Test(
        "takes what hubs have",
        arguments: [
            "config.json", "onnx/model_q4.onnx", ".gitattributes", "a/b/c/d.bin", "1_Pooling/config.json",
            "model-00001-of-00002.safetensors", "caf\u{E9}/\u{6A21}\u{578B}.gguf", "com/lpt.txt", "console.log",
            "com10",
            "a b.txt", "-rf", "~x", "12:30.log", ".github/x", "auxiliary.py", "x.git",
            String(repeating: "y", count: 240),
        ])
    func good(text: String) throws {
        let path = try TorrentPath(text)
        #expect(path.description == text)
        #expect(path.components == text.split(separator: "/").map(String.init))
        #expect(try TorrentPath(path.components) == path)
    }

    @Test("refuses what leads out or is not the same everywhere", arguments: HostileNames.all)
    func bad(name: String) {
        #expect(code { () throws(PublishError) in _ = try TorrentPath([name]) } == .unsafePath)
        #expect(code { () throws(PublishError) in try TorrentPath.check(name) } == .unsafePath)
        // As text, the slash in it is no part of a name.
        guard name != "a/b" else { return }
        #expect(code { () throws(PublishError) in _ = try TorrentPath("a/" + name) } == .unsafePath)
        #expect(code { () throws(PublishError) in _ = try TorrentPath(name + "/a") } == .unsafePath)
    }

    @Test("refuses empty parts, and a slash that a mark hides in one character")
    func slashes() {
        for text in ["/a", "a//b", "a/", "a/\u{301}b", "//"] {
            #expect(code { () throws(PublishError) in _ = try TorrentPath(text) } == .unsafePath)
        }
        #expect(code { () throws(PublishError) in _ = try TorrentPath([]) } == .unsafePath)
    }

    @Test("refuses what is too long or too deep")
    func limits() {
        let deep = Array(repeating: "d", count: 33).joined(separator: "/")
        #expect(code { () throws(PublishError) in _ = try TorrentPath(deep) } == .tooLarge)
        let long = Array(repeating: String(repeating: "x", count: 240), count: 5).joined(separator: "/")
        #expect(code { () throws(PublishError) in _ = try TorrentPath(long) } == .tooLarge)
    }

    @Test("stands in the order of a v2 torrent")
    func order() throws {
        let sorted = try ["a/x", "a/y", "a.txt", "b", "b.d/x", "\u{E9}"].map { try TorrentPath($0) }
        #expect(sorted.reversed().sorted() == sorted)
    }

    @Test("two Unicode forms are two paths, which never stand in one tree")
    func forms() throws {
        let one = try TorrentPath("caf\u{E9}")
        let other = try TorrentPath("cafe\u{301}")
        #expect(one != other)
        var names = TreeNames()
        try names.insert(one)
        #expect(code { () throws(PublishError) in try names.insert(other) } == .nameCollision)
    }
}
