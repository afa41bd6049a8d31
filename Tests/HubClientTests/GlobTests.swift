import Foundation
import Testing

@testable import HubClient

@Suite struct GlobTests {
    @Test(arguments: [
        ("*.safetensors", "a/b/c.safetensors", true), ("*.safetensors", "a.SAFETENSORS", false),
        ("?", "/", true), ("a?c", "abbc", false), ("**", "", true), ("", "", true), ("", "a", false),
        ("[!a]*", "bcd", true), ("[!a]*", "abc", false), ("[]]", "]", true), ("[!]]", "]", false),
        ("[", "[", true), ("a[", "a[", true), ("[a-", "[a-", true), ("[a-]", "-", true), ("[c-a]", "b", false),
        ("[!c-a]", "b", true), ("[a-c-e]", "-", true), ("[a-c-e]", "d", false), ("\\*", "\\anything", true),
        ("{a,b}", "a", false), ("*\n*", "a\nb", true), ("é", "e\u{301}", false), ("*a*b*c", "xxaxxbxxc", true),
        ("[d--!-&]", "-", false),
    ])
    func knownCases(pattern: String, path: String, expected: Bool) {
        #expect(Glob.matches(pattern, path) == expected)
    }

    /// Random patterns over an alphabet that is full of traps, decided by the real `fnmatch.fnmatchcase`.
    @Test func agreesWithPython() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("GlobTests seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let patternAlphabet = Array("aabc-!^]][[*?/.\\&~|é\n")
        let pathAlphabet = Array("aabc-!^][/.\\&~|é\n")
        var cases: [[String]] = []
        for _ in 0..<30_000 {
            func random(_ alphabet: [Character], _ longest: Int) -> String {
                String(
                    (0..<Int.random(in: 0...longest, using: &generator)).compactMap { _ in
                        alphabet.randomElement(using: &generator)
                    })
            }
            cases.append([random(patternAlphabet, 10), random(pathAlphabet, 6)])
        }
        // Sets matched against each single character, so that every range is looked at closely.
        for _ in 0..<3_000 {
            let inside = String(
                (0..<Int.random(in: 1...8, using: &generator)).compactMap { _ in
                    "abcd--!^]\\&".randomElement(using: &generator)
                })
            for character in "abcd-!^]\\&[" { cases.append(["[\(inside)]", String(character)]) }
        }
        let program = """
            import sys, json, fnmatch, warnings
            warnings.simplefilter('ignore')
            cases = json.load(sys.stdin)
            print(json.dumps([fnmatch.fnmatchcase(path, pattern) for pattern, path in cases]))
            """
        let output = try Python.run(program, input: try JSONEncoder().encode(cases))
        let expected = try JSONDecoder().decode([Bool].self, from: output)
        #expect(expected.count == cases.count)
        #expect(expected.contains(true) && expected.contains(false))
        for (index, pair) in cases.enumerated() where Glob.matches(pair[0], pair[1]) != expected[index] {
            Issue.record(
                "pattern \(pair[0].debugDescription) path \(pair[1].debugDescription): Python says \(expected[index])")
        }
    }

    @Test func doesNotExplode() {
        let pattern = String(repeating: "*a", count: 60) + "b"
        #expect(!Glob.matches(pattern, String(repeating: "a", count: 20_000)))
    }
}

@Suite struct FileSelectionTests {
    private let paths = ["README.md", "config.json", "data/a.txt", "data/sub/b.txt", "we[i]rd.txt"]

    private func names(_ selection: FileSelection) -> [String] {
        selection.choose(from: paths).chosen.map { paths[$0] }
    }

    @Test func patterns() {
        #expect(names(FileSelection(files: [], include: [], exclude: [])) == paths)
        #expect(
            names(FileSelection(files: [], include: ["*.txt"], exclude: ["data/sub/"])) == [
                "data/a.txt", "we[i]rd.txt",
            ])
        #expect(names(FileSelection(files: [], include: ["data\\*"], exclude: [])) == ["data/a.txt", "data/sub/b.txt"])
        #expect(names(FileSelection(files: [], include: ["nothing"], exclude: [])).isEmpty)
    }

    @Test func namedFilesWinOverPatterns() {
        #expect(names(FileSelection(files: ["config.json"], include: ["*.md"], exclude: ["*"])) == ["config.json"])
    }

    @Test func folderMeansEverythingBelow() {
        let outcome = FileSelection(files: ["data/"], include: [], exclude: []).choose(from: paths)
        #expect(outcome.chosen.map { paths[$0] } == ["data/a.txt", "data/sub/b.txt"])
        #expect(outcome.single == nil)
    }

    @Test func exactNameWinsOverItsMeaningAsPattern() {
        let literal = FileSelection(files: ["data", "we[i]rd.txt"], areLiteral: true, include: [], exclude: [])
        #expect(literal.exactPaths != nil)
        #expect(literal.choose(from: paths).missing == ["data"])
        let outcome = FileSelection(files: ["we[i]rd.txt"], include: [], exclude: []).choose(from: paths)
        #expect(outcome.chosen == [4] && outcome.single == 4)
    }

    @Test func missingFilesAreReported() {
        let outcome = FileSelection(files: ["config.json", "nope", "no/"], include: [], exclude: []).choose(from: paths)
        #expect(outcome.missing == ["nope", "no/"])
    }

    @Test func compositionMatters() {
        let listed = ["caf\u{E9}", "cafe\u{301}"]
        let outcome = FileSelection(files: ["cafe\u{301}"], include: [], exclude: []).choose(from: listed)
        #expect(outcome.chosen == [1])
    }
}
