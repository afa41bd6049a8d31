import Testing

@testable import Commands

@Suite struct PatternArgumentsTests {
    private func separated(_ line: String) -> String {
        PatternArguments.separated(line.split(separator: " ").map(String.init), root: ShoalCommand.self)
            .joined(separator: " ")
    }

    @Test(
        "patterns belong to their flag, and neither the repository nor a folder is swallowed",
        arguments: [
            ("pull a/b --include *.x *.y", "pull a/b --include *.x --include *.y"),
            (
                "download a/b --include *.x c.json d.json",
                "download a/b --include *.x --include c.json --include d.json"
            ),
            ("pull --include *.x a/b", "pull --include *.x a/b"),
            ("pull --include *.x *.y a/b c", "pull --include *.x --include *.y a/b c"),
            ("pull --revision v1 --include *.x a/b", "pull --revision v1 --include *.x a/b"),
            ("pull -q a/b --exclude x y --include z", "pull -q a/b --exclude x --exclude y --include z"),
            ("pull a/b --include *.x ./out", "pull a/b --include *.x ./out"),
            ("pull a/b --include *.x --json", "pull a/b --include *.x --json"),
            ("pull a/b --include=*.x *.y", "pull a/b --include=*.x *.y"),
            ("pull a/b --include *.x -- *.y", "pull a/b --include *.x -- *.y"),
            ("push a/b --include *.x model", "push a/b --include *.x model"),
            ("push a/b model --include *.x y.json", "push a/b model --include *.x --include y.json"),
            ("ls a/b --include x y", "ls a/b --include x y"),
        ])
    func separation(line: String, expected: String) { #expect(separated(line) == expected) }
}

@Suite struct PullWordsTests {
    @Test(
        "a last word that is plainly local is the folder, - is standard output",
        arguments: [
            (["a", "./d"], ["a"], "./d", false), (["/d"], [], "/d", false), (["."], [], ".", false),
            (["~/d"], [], "~/d", false), (["a", "b/"], ["a", "b/"], nil, false), (["a", "-"], ["a"], nil, true),
            (["a"], ["a"], nil, false), ([], [], nil, false),
        ] as [([String], [String], String?, Bool)])
    func meaning(words: [String], files: [String], folder: String?, output: Bool) throws {
        let parsed = try PullWords(words, path: nil)
        #expect(parsed.files == files)
        #expect(parsed.localDirectory == folder)
        #expect(parsed.goesToOutput == output)
    }

    @Test("the path of an address is the file", arguments: [(["./d"], "./d"), ([], nil)] as [([String], String?)])
    func path(words: [String], folder: String?) throws {
        let parsed = try PullWords(words, path: "x/y")
        #expect(parsed.files == ["x/y"])
        #expect(parsed.localDirectory == folder)
    }

    @Test("what cannot be meant is wrong usage", arguments: [["./a", "b"], ["-", "b"], ["../a", "./b"]])
    func refused(words: [String]) {
        let failure = #expect(throws: CommandFailure.self) { try PullWords(words, path: nil) }
        #expect(failure?.exitCode == 2)
        #expect(throws: CommandFailure.self) { try PullWords(["b"], path: "a") }
    }

    @Test("a lone word may be a folder of this machine when it is no file of the repository")
    func possible() throws {
        func possible(_ words: [String], path: String? = nil, exists: Bool) throws -> String? {
            try PullWords(words, path: path).possibleDirectory(words) { _ in exists }
        }
        #expect(try possible(["out/"], exists: false) == "out/")
        #expect(try possible(["out"], exists: true) == "out")
        #expect(try possible(["out"], exists: false) == nil)
        #expect(try possible(["a", "out"], exists: true) == nil)
        #expect(try possible([], path: "out", exists: true) == nil)
    }

    @Test(
        "ranges are cut at the end of the file",
        arguments: [
            ("0-9", 100, 0..<10), ("90-200", 100, 90..<100), ("50-", 100, 50..<100), ("-10", 100, 90..<100),
            ("-200", 100, 0..<100), ("0-", 0, 0..<0), ("100-", 100, nil), ("100-120", 100, nil),
        ] as [(String, UInt64, Range<UInt64>?)])
    func ranges(text: String, size: UInt64, expected: Range<UInt64>?) throws {
        #expect(try ByteRange(parsing: text).resolved(size: size) == expected)
    }

    @Test(arguments: ["", "-", "5", "9-5", "a-b", "1-2-3", "+1-2", "-0", "0-18446744073709551615"])
    func badRanges(text: String) {
        let failure = #expect(throws: CommandFailure.self) { try ByteRange(parsing: text) }
        #expect(failure?.exitCode == 2 && failure?.message.contains("'\(text)'") == true)
    }
}
