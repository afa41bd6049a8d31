internal import HTTPTypes
internal import HubClient
internal import Logging
internal import Transfer
internal import Transport

/// Carries out the pulls that the control API is asked for, and remembers how they ended.
actor PullDesk {
    /// Pulls at once, and ended ones that are remembered.
    private static let mostRunning = 64
    private static let mostEnded = 100

    private let hubs: HubFactory
    private let board: ActivityBoard
    private let peers: PeerDoor
    private var nextNumber = 1
    private var jobs: [Int: PullJob] = [:]
    /// Cancelled by ``cancel(_:)`` and ``stop()``.
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var isStopped = false

    init(hubs: HubFactory, peers: PeerDoor, board: ActivityBoard) {
        self.hubs = hubs
        self.peers = peers
        self.board = board
    }

    /// Newest first, at most `count`.
    func newest(_ count: Int) -> [PullJob] {
        jobs.values.sorted { $0.number > $1.number }.prefix(count).map(\.self)
    }

    func job(_ id: some StringProtocol) -> PullJob? {
        guard id.hasPrefix("p"), let number = Int(id.dropFirst()) else { return nil }
        return jobs[number]
    }

    /// Begins a pull.
    /// - Throws: ``AgentFailure``.
    func begin(_ order: PullOrder) throws -> PullJob {
        guard !isStopped else { throw AgentFailure.stopping }
        guard tasks.count < Self.mostRunning else {
            throw AgentFailure(
                status: .tooManyRequests, code: "too_many", message: "\(tasks.count) pulls are running already")
        }
        let number = nextNumber
        nextNumber += 1
        let job = PullJob(number: number, repo: order.repo, meter: PullMeter(board: board))
        jobs[number] = job
        let (hub, peers) = (hubs.hub(for: order), peers.source(for: order.repo))
        tasks[number] = Task {
            job.finish(await Self.run(order, job, hub, peers))
            ended(number)
        }
        board.add { _ in }
        return job
    }

    private func ended(_ number: Int) {
        tasks[number] = nil
        let over = jobs.values.filter(\.isOver).map(\.number).sorted()
        for old in over.dropLast(Self.mostEnded) { jobs[old] = nil }
        board.add { _ in }
    }

    private static func run(
        _ order: PullOrder, _ job: PullJob, _ hub: Hub, _ peers: (any PeerSource)?
    ) async -> PullJob.Outcome {
        var request = PullRequest(
            repo: order.repo, files: order.files, include: order.include, exclude: order.exclude,
            localDirectory: order.localDirectory, isForced: order.isForced)
        request.peers = peers
        do {
            let result = try await hub.pull(request, observer: job.meter)
            return .done(PullDocument(result, elapsed: job.elapsed))
        } catch is CancellationError {
            return .cancelled
        } catch let error as HubError {
            return .failed(
                .init(code: error.code.rawValue, message: error.message, hint: error.hint, status: error.status))
        } catch {
            return .failed(.init(code: "internal", message: "\(error)"))
        }
    }

    func cancel(_ job: PullJob) async {
        guard let task = tasks[job.number] else { return }
        task.cancel()
        await task.value
    }

    /// Ends all of them and begins no more.
    func stop() async {
        isStopped = true
        for task in tasks.values { task.cancel() }
        for task in tasks.values { await task.value }
    }
}
