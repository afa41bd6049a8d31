internal import HubClient
internal import HubWire
internal import Synchronization

/// A pull that somebody has asked the agent for.
final class PullJob: Sendable {
    enum Outcome: Sendable {
        case done(PullDocument)
        case failed(Fault)
        case cancelled
    }

    struct Fault: Encodable, Sendable {
        var code: String
        var message: String
        var hint: String?
        var status: Int?
    }

    let number: Int
    let repo: RepoReference
    let meter: PullMeter
    private let began = ContinuousClock.now
    private let end = Mutex<(outcome: Outcome, elapsed: Duration)?>(nil)

    init(number: Int, repo: RepoReference, meter: PullMeter) {
        self.number = number
        self.repo = repo
        self.meter = meter
    }

    var id: String { "p\(number)" }
    var isOver: Bool { end.withLock { $0 != nil } }
    var elapsed: Duration { end.withLock { $0?.elapsed } ?? began.duration(to: .now) }

    func finish(_ outcome: Outcome) { end.withLock { $0 = $0 ?? (outcome, began.duration(to: .now)) } }

    /// The document of `GET /v1/pulls/{id}`.
    var document: PullJobDocument { PullJobDocument(self, end.withLock { $0?.outcome }) }
}

/// How a pull stands, as docs/agent.md shows it.
struct PullJobDocument: Encodable, Sendable {
    struct File: Encodable, Sendable {
        var name: String
        var size: UInt64
        var done: UInt64
    }

    var id: String
    var repo: String
    var type: String
    var revision: String
    var state: String
    var seconds: Double
    var totalFiles: Int
    var finishedFiles: Int
    var failedFiles: Int
    var totalBytes: UInt64
    var completedBytes: UInt64
    var transferredBytes: UInt64
    var peerBytes: UInt64
    var bytesPerSecond: Double
    var active: [File]
    var result: PullDocument?
    var error: PullJob.Fault?

    enum CodingKeys: String, CodingKey {
        case id, repo, type, revision, state, seconds, active, result, error
        case totalFiles = "total_files"
        case finishedFiles = "finished_files"
        case failedFiles = "failed_files"
        case totalBytes = "total_bytes"
        case completedBytes = "completed_bytes"
        case transferredBytes = "transferred_bytes"
        case peerBytes = "peer_bytes"
        case bytesPerSecond = "bytes_per_second"
    }

    init(_ job: PullJob, _ outcome: PullJob.Outcome?) {
        let figures = job.meter.current
        id = job.id
        repo = job.repo.id.description
        type = job.repo.type.rawValue
        revision = job.repo.effectiveRevision
        seconds = (job.elapsed / .milliseconds(1)).rounded() / 1000
        totalFiles = figures.totalFiles
        finishedFiles = figures.finishedFiles
        failedFiles = figures.failedFiles
        totalBytes = figures.totalBytes
        completedBytes = figures.completedBytes
        transferredBytes = figures.networkBytes
        peerBytes = figures.peerBytes
        bytesPerSecond = seconds > 0 ? Double(figures.completedBytes) / seconds : 0
        active = figures.active.map { File(name: $0.key, size: $0.value.size, done: $0.value.done) }
            .sorted { $0.name < $1.name }
        switch outcome {
        case nil: state = "running"
        case .done(let document):
            state = "done"
            result = document
        case .failed(let fault):
            state = "failed"
            error = fault
        case .cancelled: state = "cancelled"
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(repo, forKey: .repo)
        try container.encode(type, forKey: .type)
        try container.encode(revision, forKey: .revision)
        try container.encode(state, forKey: .state)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(totalFiles, forKey: .totalFiles)
        try container.encode(finishedFiles, forKey: .finishedFiles)
        try container.encode(failedFiles, forKey: .failedFiles)
        try container.encode(totalBytes, forKey: .totalBytes)
        try container.encode(completedBytes, forKey: .completedBytes)
        try container.encode(transferredBytes, forKey: .transferredBytes)
        try container.encode(peerBytes, forKey: .peerBytes)
        try container.encode(bytesPerSecond, forKey: .bytesPerSecond)
        try container.encode(active, forKey: .active)
        // Null in place of nothing: whoever waits for a result sees where it will be.
        try container.encode(result, forKey: .result)
        try container.encode(error, forKey: .error)
    }
}
