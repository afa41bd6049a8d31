import Foundation
import Testing

@testable import HubClient

@Suite struct RepoPathTests {
    @Test(arguments: [
        "", "/etc/passwd", "../x", "a/../b", "a/..", "..", ".", "./a", "a/./b", "a//b", "a/", "C:x", "c:/x", "a/D:x",
        "a\\b", "\\\\host\\share", "..\\x", "a\0b", "a\nb", ".git/config", "a/.git/hooks/x", ".GIT/x", ".git./x",
        ".git /x",
        "git~1/x", ".g\u{200C}it/x",
    ])
    func refused(path: String) {
        #expect { try RepoPath.validate(path) } throws: { ($0 as? HubError)?.code == .unsafePath }
    }

    @Test(arguments: [
        "a", "a/b/c.txt", ".gitattributes", ".gitignore", "..a", "a..b", "...", "ünï/漢字.txt", "a b", "1:x", "git/x",
        "x.git",
        ".cache/huggingface/x",
    ])
    func accepted(path: String) throws { try RepoPath.validate(path) }

    @Test(arguments: [
        ["a", "a"], ["A/x", "a/X"], ["a", "a/b"], ["A", "a/b"], [".cache/huggingface/download/x.metadata"],
        [".Cache/HuggingFace/x"], ["caf\u{E9}", "cafe\u{301}"],
    ])
    func refusedTogetherInFolder(paths: [String]) {
        #expect { try RepoPath.validate(all: paths, inFolder: true) } throws: { ($0 as? HubError)?.code == .unsafePath }
    }

    @Test func cacheAllowsWhatFileSystemsKeepApart() throws {
        try RepoPath.validate(all: ["A", "a", "caf\u{E9}", "cafe\u{301}"], inFolder: false)
        for paths in [["a", "a"], ["a", "a/b"]] {
            #expect { try RepoPath.validate(all: paths, inFolder: false) } throws: {
                ($0 as? HubError)?.code == .unsafePath
            }
        }
    }

    @Test func linksOutOfTheDestinationAreRefused() throws {
        let folder = try TemporaryFolder()
        let root = folder.file("root")
        try FileManager.default.createDirectory(atPath: root + "/inside/deep", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: root + "/out", withDestinationPath: folder.path)
        try FileManager.default.createSymbolicLink(atPath: root + "/dots", withDestinationPath: "../")
        try FileManager.default.createSymbolicLink(atPath: root + "/loop", withDestinationPath: "inside")
        try folder.write("x", to: "root/file")
        for path in ["out/x", "dots/x", "inside/../out/x", "file/x"] {
            #expect { try RepoPath.validateFolders(of: path, below: root) } throws: {
                ($0 as? HubError)?.code == .unsafePath
            }
        }
        for path in ["inside/deep/x", "loop/deep/x", "new/folder/x", "x"] {
            try RepoPath.validateFolders(of: path, below: root)
        }
    }

    @Test func messageShowsNoControlCharacters() {
        #expect { try RepoPath.validate("a\u{1B}[2Jb") } throws: { error in
            !"\(error)".unicodeScalars.contains { $0.value < 0x20 }
        }
    }
}
