import Foundation
import TestSupport
import Testing

@testable import Swarm

@Suite struct FolderWatcherTests {
    /// The next change, for which there are a few seconds.
    private func next(_ watcher: FolderWatcher) async throws -> String? {
        try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                for await change in watcher.changes { return change }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: .seconds(10))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    @Test("files that come, change their names or go are told by the folder that they are in", .enabled(if: isLinux))
    func changes() async throws {
        try await withFixture { fixture in
            let (first, second) = (try fixture.directory("a"), try fixture.directory("b"))
            let watcher = FolderWatcher()
            #expect(watcher.isAvailable)
            watcher.watch(first)
            watcher.watch(second)
            watcher.watch(fixture.path("missing"))
            try await writeBytes([1], to: first + "/file")
            #expect(try await next(watcher) == first)
            try FileManager.default.moveItem(atPath: first + "/file", toPath: second + "/file")
            var seen: Set<String> = []
            while !seen.contains(second), let change = try await next(watcher) { seen.insert(change) }
            #expect(seen.contains(second))
            try removeTree(second + "/file")
            // The folder that the file has left may be told late.
            var last = try await next(watcher)
            if last == first { last = try await next(watcher) }
            #expect(last == second)
        }
    }

    @Test("a watcher that goes away lets its thread go", .enabled(if: isLinux))
    func goes() async throws {
        weak var gone: FolderWatcher?
        do {
            let watcher = FolderWatcher()
            gone = watcher
        }
        #expect(gone == nil)
    }
}

#if os(Linux)
    private let isLinux = true
#else
    private let isLinux = false
#endif
