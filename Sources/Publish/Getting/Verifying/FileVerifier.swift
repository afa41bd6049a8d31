internal import NIOPosix
internal import PublishWire

/// Hashes the files of a download while they come, a few at once.
package actor FileVerifier {
    package struct Job: Sendable {
        package var file: Int
        package var path: String
        package var size: Int64
        package var expectation: FileExpectation

        package init(file: Int, path: String, size: Int64, expectation: FileExpectation) {
            self.file = file
            self.path = path
            self.size = size
            self.expectation = expectation
        }
    }

    package enum Outcome: Sendable, Hashable {
        case right
        case wrong(String)
    }

    /// Files that are read at once.
    private static let mostBusy = 2
    /// Files that are begun, each of which holds a buffer. Those that are complete may go beyond.
    private static let mostOpen = 3
    /// Less than that is not worth a step, unless it is the rest.
    private static let leastStep: Int64 = 4 << 20
    /// Bytes of one step, so that a download that is given up need not wait long.
    private static let largestStep: Int64 = 256 << 20

    private var jobs: [Int: Job] = [:]
    private var followers: [Int: FileFollower] = [:]
    /// Bytes of files of which not all are there.
    private var partial: [Int: Int64] = [:]
    private var complete: Set<Int> = []
    private var busy: Set<Int> = []
    private var outcomes: [Int: Outcome] = [:]
    private var failure: (any Error)?

    package init() {}

    /// Takes a file on. One that was taken on before begins anew.
    package func add(_ job: Job) {
        jobs[job.file] = job
        followers[job.file] = nil
        partial[job.file] = nil
        complete.remove(job.file)
        outcomes[job.file] = nil
    }

    /// Says how many bytes of files are there without a gap.
    package func advance(_ ready: [(file: Int, bytes: Int64)]) {
        for (file, bytes) in ready {
            guard let job = jobs[file] else { continue }
            if bytes >= job.size {
                partial[file] = nil
                complete.insert(file)
            } else if bytes > 0 {
                partial[file] = bytes
            }
        }
        startSteps()
    }

    /// What has become of files since the last call.
    /// - Throws: what kept a file from being read.
    package func takeOutcomes() throws -> [Int: Outcome] {
        if let failure { throw failure }
        defer { outcomes = [:] }
        return outcomes
    }

    /// Whether no file is being read.
    package var isIdle: Bool { busy.isEmpty }

    private func startSteps() {
        while busy.count < Self.mostBusy, let file = next() {
            guard let job = jobs[file] else { return }
            if job.expectation.isEmpty {
                // Nothing but the hashes of its pieces, and those are right.
                close(file, .right)
                continue
            }
            let follower =
                followers[file]
                ?? FileFollower(path: job.path, size: job.size, withRoot: job.expectation.needsRoot)
            followers[file] = follower
            busy.insert(file)
            let end = min(partial[file] ?? job.size, follower.position + Self.largestStep)
            // Unstructured: it ends by itself after one bounded step, and tells this actor.
            Task { await self.step(job, follower, end) }
        }
    }

    /// The file that most is known of: complete ones first, then those that have the most to be hashed.
    private func next() -> Int? {
        if let file = complete.first(where: { !busy.contains($0) }) { return file }
        var best: (file: Int, waiting: Int64)?
        for (file, bytes) in partial where !busy.contains(file) {
            guard jobs[file]?.expectation.isEmpty == false else { continue }
            let waiting = bytes - (followers[file]?.position ?? 0)
            guard waiting >= max(Self.leastStep, best.map { $0.waiting + 1 } ?? 0) else { continue }
            if followers[file] == nil, followers.count >= Self.mostOpen { continue }
            best = (file, waiting)
        }
        return best?.file
    }

    private func step(_ job: Job, _ follower: FileFollower, _ end: Int64) async {
        do {
            let hashes = try await NIOThreadPool.singleton.runIfActive { () throws -> FileFollower.Hashes? in
                if end < job.size {
                    try follower.follow(to: end)
                    return nil
                }
                return try follower.finish()
            }
            busy.remove(job.file)
            // A file that was begun anew meanwhile has another follower.
            if followers[job.file] === follower, let hashes {
                close(job.file, job.expectation.fault(of: hashes).map { .wrong($0) } ?? .right)
            }
        } catch {
            busy.remove(job.file)
            failure = failure ?? error
        }
        startSteps()
    }

    private func close(_ file: Int, _ outcome: Outcome) {
        jobs[file] = nil
        followers[file] = nil
        partial[file] = nil
        complete.remove(file)
        outcomes[file] = outcome
    }
}
