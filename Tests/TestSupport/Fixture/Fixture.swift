import Foundation
import Synchronization

/// What one test owns: a scratch folder, the processes it started, and what is to be undone at its end.
///
/// Clean-up runs in reverse order, also after a failure. After a failure the logs of all processes are kept under
/// `.build/test-logs/NAME` and their ends are printed.
public final class Fixture: Sendable {
    /// The scratch folder, removed at the end.
    public let scratch: String
    /// The name of the test, as it appears in folder names.
    public let name: String

    private struct State {
        var cleanups: [@Sendable () async -> Void] = []
        var commands = 0
    }
    private let state = Mutex(State())

    fileprivate init(name: String) throws {
        let unique = "\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max))"
        self.name = String(name.prefix { $0 != "(" })
        let temporary = NSTemporaryDirectory()
        scratch = (temporary.hasSuffix("/") ? temporary : temporary + "/") + "shoal-test-\(self.name)-\(unique)"
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    }

    var logs: String { scratch + "/logs" }

    /// A path inside the scratch folder; nothing is created.
    public func path(_ relative: String) -> String {
        scratch + "/" + relative
    }

    /// Creates a folder inside the scratch folder and returns its path.
    public func directory(_ relative: String) throws -> String {
        let path = path(relative)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Registers work for the end of the test; the last registered runs first.
    public func onCleanup(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.cleanups.append(action) }
    }

    /// Where the next process writes its standard output and error: `NN-label.out` and `NN-label.err`.
    func nextLogPaths(label: String) -> (output: String, errors: String) {
        let number = state.withLock { state in
            state.commands += 1
            return state.commands
        }
        let stem = logs + "/" + String(format: "%03d-", number) + label
        return (stem + ".out", stem + ".err")
    }

    fileprivate func tearDown(failed: Bool) async {
        let cleanups = state.withLock { state in
            defer { state.cleanups = [] }
            return state.cleanups
        }
        for cleanup in cleanups.reversed() {
            await cleanup()
        }
        if failed {
            keepLogs()
        }
        try? await blocking { [scratch] in
            try FileManager.default.removeItem(atPath: scratch)
        }
    }

    private func keepLogs() {
        let manager = FileManager.default
        let kept = BuiltPrograms.packageRoot + "/.build/test-logs/" + name
        try? manager.removeItem(atPath: kept)
        try? manager.createDirectory(atPath: kept, withIntermediateDirectories: true)
        let names = ((try? manager.contentsOfDirectory(atPath: logs)) ?? []).sorted()
        for file in names {
            try? manager.copyItem(atPath: logs + "/" + file, toPath: kept + "/" + file)
        }
        print("== \(name) failed; the logs of its processes are in \(kept)")
        for file in names.suffix(8) {
            let text = String(decoding: manager.contents(atPath: logs + "/" + file) ?? Data(), as: UTF8.self)
            guard !text.isEmpty else { continue }
            print("-- end of \(file)\n\(text.suffix(2000))")
        }
    }
}

/// Runs a test with a fixture of its own and cleans up whatever happens.
public func withFixture<Value>(
    _ name: String = #function, _ body: (Fixture) async throws -> Value
) async throws -> Value {
    let fixture = try Fixture(name: name)
    do {
        let value = try await body(fixture)
        await fixture.tearDown(failed: false)
        return value
    } catch {
        await fixture.tearDown(failed: true)
        throw error
    }
}
