import Foundation
import Testing
import Xet

@testable import HubServer

@Suite("Git objects, against the real git")
struct GitObjectTests {
    let scratch: ScratchFolder
    let git: GitProgram

    init() throws {
        scratch = try ScratchFolder()
        git = try GitProgram(in: scratch.url.appendingPathComponent("repo"))
    }

    @Test("blobs have git's ids", arguments: [0, 1, 63, 64, 65, 1000, 1 << 20])
    func blobs(size: Int) throws {
        let content = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })
        let expected = try git.line(["hash-object", "--stdin"], input: content)
        #expect(GitBlob(regular: content).id.description == expected)
        #expect(GitObjectID(expected)?.description == expected)
    }

    @Test("trees have git's ids and git's order, also where folders and files compete")
    func trees() throws {
        let names = [
            "a", "a.b", "a-b", "a0", "ab", "b", "B", "z", "é", "e\u{301}", "模型", ".gitattributes", "a b", "~",
            "\u{7f}x",
        ]
        var entries: [GitTreeEntry] = []
        var input = Data()
        for (index, name) in names.enumerated() {
            // Each second one is a folder, and each name stands beside one that it is a prefix of.
            let isFolder = index % 2 == 0
            let id = GitObjectID(hashing: Data(name.utf8), kind: isFolder ? "tree" : "blob")
            entries.append(GitTreeEntry(name: GitName(name), mode: isFolder ? .directory : .file, id: id))
            input += Data("\(isFolder ? "040000 tree" : "100644 blob") \(id)\t\(name)\0".utf8)
        }
        let expected = try git.line(["mktree", "-z", "--missing"], input: input)
        let tree = GitTree(entries.shuffled())
        #expect(tree.id.description == expected)

        let stored = try git.run(["cat-file", "tree", expected])
        #expect(tree.encoded == stored)
        #expect(GitTree(parsing: stored) == tree)
        #expect(tree[GitName("é")]?.id != tree[GitName("e\u{301}")]?.id)
    }

    @Test("damaged trees are refused")
    func damagedTrees() throws {
        let id = GitObjectID(hashing: Data(), kind: "blob")
        let whole = GitTree([GitTreeEntry(name: GitName("name"), mode: .file, id: id)]).encoded
        for length in 1..<whole.count { #expect(GitTree(parsing: whole.prefix(length)) == nil, "\(length) bytes") }
        #expect(GitTree(parsing: Data("100755 x\0".utf8) + Data(count: 20)) == nil)
        #expect(GitTree(parsing: Data()) == .empty)
        #expect(GitTree.empty.id.description == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    }

    @Test(
        "commits have git's ids",
        arguments: [("Upload é 模型", ""), ("Title", "Body of\n\nseveral lines"), ("One\nTwo", "Three")])
    func commits(summary: String, description: String) throws {
        let tree = try git.line(["mktree"])
        var parent: String?
        for date in [Int64(0), 1_700_000_000] {
            let commit = GitCommit(
                tree: try #require(GitObjectID(tree)), parent: parent.flatMap(GitObjectID.init), author: "alice",
                date: date, summary: summary, description: description)
            let person = "alice@users.noreply.shoal"
            let expected = try git.line(
                ["commit-tree", tree] + (parent.map { ["-p", $0] } ?? []), input: Data((commit.message + "\n").utf8),
                environment: [
                    "GIT_AUTHOR_NAME": "alice", "GIT_AUTHOR_EMAIL": person, "GIT_AUTHOR_DATE": "@\(date) +0000",
                    "GIT_COMMITTER_NAME": "alice", "GIT_COMMITTER_EMAIL": person,
                    "GIT_COMMITTER_DATE": "@\(date) +0000",
                ])
            #expect(commit.id.description == expected)
            parent = expected
        }
    }

    @Test("a commit message cannot end the object early")
    func messageWithNul() {
        let commit = GitCommit(
            tree: GitTree.empty.id, parent: nil, author: "a", date: 0, summary: "a\0b\n", description: "")
        #expect(commit.message == "ab")
        #expect(GitCommit(tree: GitTree.empty.id, parent: nil, author: "a", date: 0, summary: " ").title == "Update")
    }

    @Test("the pointer of a large file is git-lfs's, byte for byte")
    func pointer() throws {
        let digest = try #require(SHA256Digest("4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"))
        let pointer = LFSPointer(sha256: digest, size: 12345)
        // The example of git-lfs's own specification.
        let text = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 12345

            """
        #expect(pointer.text == text)
        let expected = try git.line(["hash-object", "--stdin"], input: Data(text.utf8))
        #expect(pointer.blobID.description == expected)
    }

    @Test("edited trees are what git writes for the same files", arguments: [1, 2, 3, 4])
    func editing(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var trees: [GitObjectID: GitTree] = [GitTree.empty.id: .empty]
        var root = GitTree.empty.id
        var model: [String: GitObjectID] = [:]
        let names = ["a", "b", "a.c", "é", "deep"]
        for round in 0..<12 {
            let editor = try TreeEditor(root: root) { id in try #require(trees[id]) }
            for _ in 0..<8 {
                let depth = Int.random(in: 1...4, using: &random)
                let path = (0..<depth).map { _ in names.randomElement(using: &random) ?? "a" }.joined(separator: "/")
                let parsed = try RepoPath(path)
                let below = model.keys.filter { $0.hasPrefix(path + "/") }
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    if model.removeValue(forKey: path) != nil {
                        try editor.removeFile(parsed)
                    } else {
                        #expect(throws: TreeEditor.Conflict.noSuchFile(parsed)) { try editor.removeFile(parsed) }
                    }
                case 1:
                    if below.isEmpty {
                        #expect(throws: TreeEditor.Conflict.noSuchFolder(parsed)) { try editor.removeFolder(parsed) }
                    } else {
                        try editor.removeFolder(parsed)
                        for key in below { model[key] = nil }
                    }
                default:
                    let blob = GitBlob(regular: Data("\(seed)/\(round)/\(path)".utf8)).id
                    let parents = path.split(separator: "/").dropLast().indices
                        .map { index in path.split(separator: "/")[...index].joined(separator: "/") }
                    if parents.contains(where: { model[$0] != nil }) {
                        #expect(throws: TreeEditor.Conflict.parentIsFile(parsed)) { try editor.put(blob, at: parsed) }
                    } else if !below.isEmpty {
                        #expect(throws: TreeEditor.Conflict.folderExists(parsed)) { try editor.put(blob, at: parsed) }
                    } else {
                        try editor.put(blob, at: parsed)
                        model[path] = blob
                    }
                }
            }
            root = try editor.write { trees[$0.id] = $0 }
            let index = model.map { "100644 \($0.value)\t\($0.key)\0" }.joined()
            _ = try git.run(["read-tree", "--empty"])
            _ = try git.run(["update-index", "-z", "--index-info"], input: Data(index.utf8))
            let expected = try git.line(["write-tree", "--missing-ok"])
            #expect(root.description == expected, "round \(round) of seed \(seed)")
        }
    }

    @Test(".gitattributes mean what they mean to git")
    func attributes() throws {
        let text =
            GitAttributes.initialText + """
                # comment
                special.txt filter=lfs diff=lfs
                docs/*.md filter=lfs
                /top.dat filter=lfs
                deep/**/leaf filter=lfs
                everything/** filter=lfs
                **/any filter=lfs
                [a-c]?.set filter=lfs
                [!a-c]x.neg filter=lfs
                small.bin -filter
                other.bin filter=other
                *.safetensors.txt text

                """
        try text.write(to: git.folder.appendingPathComponent(".gitattributes"), atomically: true, encoding: .utf8)
        let paths = [
            "model.safetensors", "sub/model.safetensors", "model.safetensors.txt", "special.txt", "x/special.txt",
            "docs/a.md", "docs/b/a.md", "a.md", "top.dat", "sub/top.dat", "deep/leaf", "deep/a/leaf", "deep/a/b/leaf",
            "deep/a/b/leafy", "everything", "everything/a", "everything/a/b", "any", "a/any", "a/b/any", "b1.set",
            "d1.set", "b12.set", "zx.neg", "ax.neg", "small.bin", "sub/small.bin", "other.bin", "big.bin", "a.tar.gz",
            "tfevents.x", "run/events.out.tfevents.123", "saved_model/x/y", "saved_model/y", "README.md", "a/.bin",
            "é.npz", "no", "x.BIN", "archive.tar", "weights.gguf",
        ]
        let printed = try git.run(
            ["check-attr", "-z", "--stdin", "filter"], input: Data(paths.map { $0 + "\0" }.joined().utf8))
        let fields = printed.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        let attributes = GitAttributes(parsing: text)
        for (index, path) in paths.enumerated() {
            #expect(fields[index * 3] == path)
            let isLFS = attributes.isLFS(try RepoPath(path))
            #expect(isLFS == (fields[index * 3 + 2] == "lfs"), "\(path)")
        }
    }

    @Test("a line for a file's very path is read alike here and by git, whatever its name")
    func coveringAttributes() throws {
        let names = [
            "payload", "sub/payload", "a b.dat", "[1].dat", "star*.dat", "what?.dat", "#hash", "!bang",
            "\"quoted\".dat", "é/模型", "x/[a]/ b",
        ]
        let files = try names.map { try RepoPath($0) }
        let text = try #require(GitAttributes.covering(files, in: GitAttributes.initialText + "a b.dat text"))
        #expect(GitAttributes.covering(files, in: text) == nil)
        #expect(GitAttributes.covering([try RepoPath("m.safetensors")], in: text) == nil)
        try text.write(to: git.folder.appendingPathComponent(".gitattributes"), atomically: true, encoding: .utf8)
        let others = ["other/payload", "aXb.dat", "1.dat", "starX.dat", "whatX.dat", "sub/#hash"]
        let asked = names + others
        let printed = try git.run(
            ["check-attr", "-z", "--stdin", "filter"], input: Data(asked.map { $0 + "\0" }.joined().utf8))
        let fields = printed.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        let attributes = GitAttributes(parsing: text)
        for (index, name) in asked.enumerated() {
            let isLFS = names.contains(name)
            #expect((fields[index * 3 + 2] == "lfs") == isLFS, "git: \(name)")
            #expect(attributes.isLFS(try RepoPath(name)) == isLFS, "\(name)")
        }
        // A later pattern takes a named file out again.
        #expect(!GitAttributes(parsing: text + "*load -filter\n").isLFS(try RepoPath("payload")))
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
