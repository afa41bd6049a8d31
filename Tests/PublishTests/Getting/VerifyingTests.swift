import Foundation
import Publish
import PublishWire
import Testing
import Xet

@Suite struct VerifyingTests {
    @Test("a file that is followed hashes as one that is read", arguments: [0, 1, 131_073, 1_048_576, 5_000_001])
    func follower(size: Int) throws {
        let folder = try TemporaryFolder()
        let bytes = sampleBytes(size, seed: 5)
        let path = try folder.write(bytes, to: "file")
        let follower = FileFollower(path: path, size: Int64(size), withRoot: true)
        for end in [size / 7, size / 3, size / 2] { try follower.follow(to: Int64(end)) }
        let hashes = try follower.finish()
        #expect(hashes.sha256.map { "\($0)" } == Hex.encode(Digest.sha256(bytes)))
        #expect(hashes.root == (size == 0 ? nil : TorrentWriter.root(bytes)))
        let whole = FileFollower(path: path, size: Int64(size))
        #expect(try whole.finish().xet == hashes.xet)
        #expect(FileExpectation(sha256: Digest.sha256(bytes), xet: "\(hashes.xet)").fault(of: hashes) == nil)
        #expect(FileExpectation(sha256: [UInt8](repeating: 0, count: 32)).fault(of: hashes) != nil)
        let other = String(repeating: "0", count: 64)
        #expect(size == 0 || FileExpectation(xet: other).fault(of: hashes) != nil)
    }

    @Test("a file that became shorter, or is a link, is an error")
    func changed() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([1, 2, 3], to: "file")
        #expect(throws: PublishError.self) { try FileFollower(path: path, size: 4).finish() }
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: path)
        #expect(throws: PublishError.self) { try FileFollower(path: folder.path("link"), size: 3).finish() }
    }
}
