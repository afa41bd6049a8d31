import Foundation
import Logging
import Testing

@testable import HubClient

@Suite struct CacheAdminTests {
    private func entry(size: UInt64 = 1500, age: Double = 100, type: String = "model", refs: [String] = ["main"])
        -> CacheEntry
    {
        let revision = CachedRevision(
            commit: String(repeating: "a", count: 40), path: "/x", files: [], refs: refs, size: size,
            lastModified: 1000 - age)
        return CacheEntry(
            repo: CachedRepo(
                type: type, id: "ns/name", path: "/c/models--ns--name", revisions: [revision], size: size, fileCount: 1,
                lastAccessed: 1000 - age, lastModified: 1000 - age))
    }

    @Test(
        "conditions keep what they say",
        arguments: [
            ("size>1k", true), ("size >= 1500", true), ("size<1500", false), ("size!=1500", false),
            ("SIZE==1500", true),
            ("size=1500", true), ("size<2KB", true), ("accessed>1m", true), ("accessed>2m", false),
            ("modified<=100s", true), ("modified=100", true), ("type=MODEL", true), ("type==dataset", false),
            ("refs=Main", true), ("refs=v1", false), ("size<99999999999999pb", true),
        ])
    func conditions(text: String, keeps: Bool) throws {
        #expect(try CacheFilter(text).keeps(entry(), now: 1000) == keeps)
    }

    @Test(
        "conditions that mean nothing are refused",
        arguments: [
            "", "size", "size>", ">1", "size>1xb", "size>1.5GB", "size~1", "colour=red", "type>model", "refs!=x",
        ])
    func refusals(text: String) {
        let error = #expect(throws: HubError.self) { _ = try CacheFilter(text) }
        #expect(error?.code == .badFilter)
    }

    @Test("equal entries keep their order, in both directions")
    func order() throws {
        let entries = [entry(size: 2), entry(size: 1, age: 5), entry(size: 2, age: 7)]
        for (text, ages) in [("size", [100.0, 7, 5]), ("size:asc", [5, 100, 7]), ("modified:asc", [100, 7, 5])] {
            let sorted = try #require(CacheSort(text)).sorted(entries)
            #expect(sorted.map { 1000 - $0.lastModified } == ages, "\(text)")
        }
        #expect(CacheSort("size:") == nil && CacheSort("colour") == nil && CacheSort("size:up") == nil)
    }

    @Test("a blob outside the cache is never removed")
    func foreignBlob() async throws {
        let folder = try TemporaryFolder()
        let commits = [String(repeating: "a", count: 40), String(repeating: "b", count: 40)]
        try folder.write("precious", to: "outside.txt")
        try folder.write("x", to: "hub/models--a--b/snapshots/\(commits[1])/x.txt")
        try folder.write(commits[1], to: "hub/models--a--b/refs/main")
        let snapshot = folder.file("hub/models--a--b/snapshots/\(commits[0])")
        try FileManager.default.createDirectory(atPath: snapshot, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: snapshot + "/a.txt", withDestinationPath: folder.file("outside.txt"))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let inventory = try CacheInventory(scanning: folder.file("hub"), logger: logger)
        let cleaner = CacheCleaner(inventory, logger: logger)
        let outcome = try await cleaner.prune(cleaner.planPrune())
        #expect(folder.text("outside.txt") == "precious")
        #expect(outcome.kept.count == 1 && outcome.kept[0].contains("outside.txt"))
        #expect(!FileManager.default.fileExists(atPath: snapshot))
    }

    @Test("removing a folder never follows a link out of it")
    func removeTree() throws {
        let folder = try TemporaryFolder()
        try folder.write("precious", to: "outside/file.txt")
        try folder.write("x", to: "inside/a/b/c.txt")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("inside/a/link"), withDestinationPath: folder.file("outside"))
        try Disk.removeTree(folder.file("inside"))
        #expect(try folder.listing() == ["outside/", "outside/file.txt"])
        try Disk.removeTree(folder.file("not there"))
    }
}
