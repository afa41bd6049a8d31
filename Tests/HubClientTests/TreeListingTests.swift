import Foundation
import HubWire
import Testing

@testable import HubClient

@Suite struct TreeListingTests {
    private static let sha1 = String(repeating: "ab", count: 20)
    private static let sha256 = String(repeating: "cd", count: 32)

    private let listing = TreeListing(files: [
        .init(path: "m.bin", size: 1_100_000, blobID: sha1, lfsSHA256: sha256, lfsSize: 1_100_000, xetHash: sha256),
        .init(path: "config.json", size: 519, blobID: sha1),
    ])

    @Test func bytesAreThoseOfTheSample() {
        let expected = """
            {
             "format_version": 1,
             "files": {
              "config.json": {
               "size": 519,
               "blob_id": "\(Self.sha1)"
              },
              "m.bin": {
               "size": 1100000,
               "blob_id": "\(Self.sha1)",
               "lfs_sha256": "\(Self.sha256)",
               "lfs_size": 1100000,
               "xet_hash": "\(Self.sha256)"
              }
             }
            }
            """
        #expect(String(decoding: listing.encoded(), as: UTF8.self) == expected)
    }

    /// Python loads our text and writes it again as its client does: the bytes must not change.
    @Test func pythonWritesTheSameBytes() throws {
        let names = ["z", "a/b", "ünï", "漢字/😀.txt", "quo\"te", "tab\tx", "A", "~", "e\u{301}"]
        let files = names.map { TreeListing.File(path: $0, size: 7, blobID: Self.sha1) }
        for listing in [TreeListing(files: files), listing, TreeListing(files: [])] {
            let program = """
                import json, sys
                data = json.load(sys.stdin)
                files = data["files"]
                data = {"format_version": 1, "files": {path: files[path] for path in sorted(files)}}
                json.dump(data, sys.stdout, indent=1)
                """
            let bytes = Data(listing.encoded())
            #expect(try Python.run(program, input: bytes) == bytes)
            #expect(TreeListing(decoding: Array(bytes)) == listing)
        }
    }

    @Test(arguments: [
        "", "{", "[]", #"{"format_version": 2, "files": {}}"#, #"{"format_version": 1}"#,
        #"{"format_version": 1, "files": {"a": {"size": -1, "blob_id": "x"}}}"#,
        #"{"format_version": 1, "files": {"a": {"size": 1, "blob_id": "../../etc/passwd"}}}"#,
    ])
    func damagedListingsAreIgnored(text: String) { #expect(TreeListing(decoding: Array(text.utf8)) == nil) }

    @Test func malformedXetHashIsIgnored() {
        var broken = listing
        broken.files[1].xetHash = "XYZ"
        #expect(TreeListing(decoding: broken.encoded()) == nil)
    }

    @Test func idsThatAreNoHashesAreRefused() {
        let entry = TreeEntry(type: .file, path: "a", oid: "../x", size: 1)
        #expect { try TreeListing([entry]) } throws: { ($0 as? HubError)?.code == .notAHub }
    }
}
