import Foundation
import Testing

@testable import HubServer

@Suite("Paths, queries and ranges")
struct MetadataPathTests {
    @Test(
        "paths that could leave their folder are refused",
        arguments: [
            "", "/", "/etc/passwd", "a/", "a//b", ".", "..", "../x", "a/../b", "a/..", "./a", ".git/config", "a/.git/b",
            ".GIT", "a\0b", "a\nb", "a\\b", "C:\\x", String(repeating: "x", count: 1025),
        ])
    func badPaths(text: String) {
        #expect(throws: RepoPathError.self) { try RepoPath(text) }
    }

    @Test(
        "ordinary paths are taken as they are",
        arguments: ["a", ".gitattributes", "a/b/c.txt", "é/模型.bin", "a b", "...", "a..b", ".gitignore", "git", "-"])
    func goodPaths(text: String) throws {
        #expect(try RepoPath(text).description == text)
    }

    @Test("two spellings of an accented name are two names")
    func unicode() throws {
        #expect(try RepoPath("é") != RepoPath("e\u{301}"))
    }

    @Test(
        "byte ranges",
        arguments: [
            (nil, 10, .whole), ("bytes=0-3", 10, .part(0..<4)), ("bytes=9-", 10, .part(9..<10)),
            ("bytes=-3", 10, .part(7..<10)), ("bytes=-30", 10, .part(0..<10)), ("bytes=5-100", 10, .part(5..<10)),
            ("bytes=10-", 10, .unsatisfiable), ("bytes=10-12", 10, .unsatisfiable), ("bytes=-0", 10, .unsatisfiable),
            ("bytes=0-", 0, .unsatisfiable), ("bytes=-1", 0, .unsatisfiable), ("bytes=3-1", 10, .whole),
            ("bytes=0-1,3-4", 10, .whole), ("lines=0-1", 10, .whole), ("bytes=a-b", 10, .whole),
            ("bytes=--1", 10, .whole), ("bytes=", 10, .whole), ("bytes=-", 10, .whole),
            ("bytes=99999999999999999999-", 10, .whole), ("bytes=+1-2", 10, .whole),
            ("Bytes=1-2", 10, .part(1..<3)),
        ] as [(String?, UInt64, ByteRangeRequest)])
    func ranges(header: String?, size: UInt64, expected: ByteRangeRequest) {
        #expect(ByteRangeRequest(header, size: size) == expected)
    }

    @Test("queries decode, repeat and are rebuilt in their own spelling")
    func queries() {
        let query = FormQuery("recursive=True&paths=a%2Fb+c&paths=%E6%A8%A1&bad=%zz&flag=false&cursor=old&x")
        #expect(query.flag("recursive"))
        #expect(!query.flag("flag"))
        #expect(!query.flag("missing"))
        #expect(query.all("paths") == ["a/b c", "模"])
        #expect(query["bad"] == nil)
        #expect(
            query.replacing("cursor", with: "a/b")
                == "recursive=True&paths=a%2Fb+c&paths=%E6%A8%A1&flag=false&x&cursor=a%2Fb")
        let cut = FormQuery("a=1&a=2&a=3&a=4", limit: 2)
        #expect(cut.isCut)
        #expect(cut.all("a") == ["1", "2"])
        #expect(!FormQuery("a=1&a=2", limit: 2).isCut)
    }

    @Test("samples cut inside a character are still text")
    func samples() {
        let text = Data("模型".utf8)
        for length in 0...text.count { #expect(PreuploadRoutes.isText(text.prefix(length))) }
        #expect(!PreuploadRoutes.isText(Data([0x41, 0])))
        #expect(!PreuploadRoutes.isText(Data([0xff, 0x41, 0x41, 0x41, 0x41])))
    }

    @Test(
        "base URLs are checked",
        arguments: ["", "models.example.org", "http://", "ftp://x", "http://x?y", "http://a b"])
    func badBaseURLs(text: String) {
        #expect(throws: HubServerError.self) { try BaseURL.validated(text) }
    }

    @Test("a base URL loses its final slash")
    func goodBaseURL() throws {
        #expect(try BaseURL.validated("https://models.example.org/hub//") == "https://models.example.org/hub")
    }
}
