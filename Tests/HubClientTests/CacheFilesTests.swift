import Foundation
import Logging
import Testing

@testable import HubClient

@Suite struct CacheFilesTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let hash = String(repeating: "ab", count: 32)
    private let repo: RepoReference

    init() throws { repo = try RepoReference(parsing: "ns/name") }

    @Test func names() throws {
        let cache = RepoCache(root: "/c", repo: try RepoReference(parsing: "datasets/ns/name"))
        #expect(cache.folder == "/c/datasets--ns--name")
        #expect(cache.blob("e") == "/c/datasets--ns--name/blobs/e")
        #expect(cache.partial("e") == "/c/datasets--ns--name/blobs/e.shoal.incomplete")
        #expect(cache.lock("e") == "/c/.locks/datasets--ns--name/e.lock")
        #expect(cache.pointer("1", "a/b") == "/c/datasets--ns--name/snapshots/1/a/b")
        #expect(try RepoCache(root: "/c", repo: RepoReference(parsing: "gpt2")).folder == "/c/models--gpt2")
    }

    @Test func refs() throws {
        let folder = try TemporaryFolder()
        let cache = RepoCache(root: folder.path, repo: repo)
        let commit = String(repeating: "1", count: 40)
        try cache.remember(commit, as: commit)
        #expect(try folder.listing().isEmpty)
        try cache.remember(commit, as: "refs/pr/1")
        #expect(folder.text("models--ns--name/refs/refs/pr/1") == commit)
        #expect(cache.commit(of: "refs/pr/1") == commit && cache.commit(of: commit) == commit)
        try folder.write(commit + "\n", to: "models--ns--name/refs/main")
        #expect(cache.commit(of: "main") == nil)
    }

    @Test func relativeLinks() {
        #expect(LocalPath.relative("/c/r/blobs/e", from: "/c/r/snapshots/1") == "../../blobs/e")
        #expect(LocalPath.relative("/c/r/blobs/e", from: "/c/r/snapshots/1/a/b") == "../../../../blobs/e")
        #expect(LocalPath.relative("/c/blobs/ab/x", from: "/c/r/blobs") == "../../blobs/ab/x")
        #expect(LocalPath.absolute("/a/./b/../c//d/") == "/a/c/d")
        #expect(LocalPath.absolute("/..") == "/")
    }

    @Test func sharedStore() async throws {
        let folder = try TemporaryFolder()
        let root = folder.path
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: root)
        let store = SharedBlobStore(cacheRoot: root, logger: logger)
        try folder.write("content", to: "models--a--b/blobs/e1")
        let first = folder.file("models--a--b/blobs/e1")
        #expect(try await !store.link(first, reference: "x", to: hash, size: 7))
        #expect(try await store.publish(first, reference: "models--a--b/blobs/e1", as: hash, size: 7))
        #expect(folder.text("blobs/.huggingface-shared-blobs") == "1\n")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: first) == "../../blobs/ab/\(hash)")
        #expect(folder.text("models--a--b/blobs/e1") == "content")
        #expect(folder.text("blobs/ab/\(hash).refs") == "models--a--b/blobs/e1\n")
        func mode(_ name: String) throws -> Int? {
            (try FileManager.default.attributesOfItem(atPath: folder.file(name))[.posixPermissions] as? NSNumber)?
                .intValue
        }
        #expect(try mode("blobs/.huggingface-shared-blobs") == 0o444)
        #expect(try mode("blobs/ab/\(hash)") == 0o444)
        #expect(try mode("blobs/ab/\(hash).lock") == 0o666)
        #expect(try mode("blobs/ab/\(hash).refs") == 0o666)

        try FileManager.default.createDirectory(
            atPath: folder.file("models--c--d/blobs"), withIntermediateDirectories: true)
        let second = folder.file("models--c--d/blobs/e2")
        #expect(try await !store.link(second, reference: "models--c--d/blobs/e2", to: hash, size: 8))
        #expect(try await store.link(second, reference: "models--c--d/blobs/e2", to: hash, size: 7))
        #expect(folder.text("models--c--d/blobs/e2") == "content")
        #expect(folder.text("blobs/ab/\(hash).refs") == "models--a--b/blobs/e1\nmodels--c--d/blobs/e2\n")
        #expect(try !folder.listing().contains { $0.hasSuffix(".shared") || $0.hasSuffix(".tmp") })
    }

    @Test func privateCacheMakesPrivateBlobs() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        try folder.write("x", to: "models--a--b/blobs/e")
        let store = SharedBlobStore(cacheRoot: folder.path, logger: logger)
        #expect(try await store.publish(folder.file("models--a--b/blobs/e"), reference: "r", as: hash, size: 1))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("blobs/ab/\(hash)"))
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o400)
    }

    @Test func foreignFolderIsLeftAlone() async throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "blobs/something")
        try folder.write("x", to: "models--a--b/blobs/e")
        let store = SharedBlobStore(cacheRoot: folder.path, logger: logger)
        #expect(try await !store.publish(folder.file("models--a--b/blobs/e"), reference: "r", as: hash, size: 1))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("blobs")) == ["something"])
        #expect(folder.text("models--a--b/blobs/e") == "x")
    }

    @Test func lockExcludesPython() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("x.lock")
        let program = """
            import fcntl, os, sys
            fd = os.open(sys.argv[1], os.O_RDWR)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                print("free", end="")
            except BlockingIOError:
                print("held", end="")
            """
        func state() throws -> String { String(decoding: try Python.run(program, arguments: [path]), as: UTF8.self) }
        try await withFileLock(path, logger: logger) { lock in
            #expect(lock != nil)
            #expect(try state() == "held")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o664)
        }
        #expect(try state() == "free")
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func lockWaitsForItsTurn() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("x.lock")
        let counter = folder.file("counter")
        try folder.write("0", to: "counter")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await withFileLock(path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { _ in
                        let value = Int(try String(contentsOfFile: counter, encoding: .utf8)) ?? -100
                        try await Task.sleep(for: .milliseconds(2))
                        try String(value + 1).write(toFile: counter, atomically: true, encoding: .utf8)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(folder.text("counter") == "8")
    }

    @Test func lockIsNotTakenThroughALink() async throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "target")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("x.lock"), withDestinationPath: folder.file("target"))
        #expect(try await FileLock.acquire(folder.file("x.lock"), logger: logger) == nil)
    }
}
