internal import Commands
internal import Foundation
internal import HubClient
internal import HubWire
internal import Publish
internal import PublishWire
internal import Terminal
internal import Torrents

/// One run of `shoal mirror`.
struct MirrorRun {
    let session: PublishSession
    /// Those of the hub that has the repository.
    let settings: HubSettings
    let output: ResultOptions
    let progress: ProgressOptions

    func once(_ order: MirrorOrder) async throws {
        let result = try await mirror(order)
        let isTold = order.seeds ? await session.tellAgent() : false
        try show(result, order, isTold: isTold)
    }

    /// Has the agent follow when it gives what was mirrored; else follows until the process is ended.
    func follow(_ record: FollowRecord) async throws {
        var record = record
        let result = try await mirror(record.order)
        record.mirrored = result.commit
        record.next = Clock.now + record.interval
        let isTold = record.order.seeds ? await session.tellAgent() : false
        if isTold {
            try FollowBook(session.folder).keep(record)
            return try show(result, record.order, isTold: true, follower: .agent)
        }
        try show(result, record.order, isTold: false, follower: .command)
        try await keepUp(&record)
    }

    /// Ends that the agent follows.
    func forget(_ order: MirrorOrder) throws {
        let was = try FollowBook(session.folder).remove(FollowRecord(order))
        let document = Forgotten(
            name: order.address.repo.id.description, revision: order.address.repo.effectiveRevision, wasFollowed: was)
        try output.print(document, quiet: []) {
            let words = was ? "is not followed any more; what was mirrored stays" : "was not followed"
            return ["\(document.name) \(words)"]
        }
    }

    private struct Forgotten: Encodable {
        var name: String
        var revision: String
        var wasFollowed: Bool

        enum CodingKeys: String, CodingKey {
            case name, revision
            case wasFollowed = "was_followed"
        }
    }

    private func keepUp(_ record: inout FollowRecord) async throws {
        let settings = settings
        let means = Follower.Means(
            look: { record in
                try await ClientSession.withHub(settings) { hub in
                    try await hub.look(at: record.order.address.repo, knowing: record.mark)
                }
            },
            mirror: { record, _ in
                let result = try await mirror(record.order)
                let isTold = record.order.seeds ? await session.tellAgent() : false
                try show(result, record.order, isTold: isTold, follower: .command)
            })
        let follower = Follower(session.registry, means: means)
        while true {
            try await Task.sleep(for: .seconds(max(1, record.next - Clock.now)))
            guard case .failed(let error) = try await follower.step(&record) else { continue }
            let failure = CommandFailure(describing: error)
            // What is closed to strangers now does not open by waiting.
            if Self.endings.contains(failure.code) { throw error }
            TerminalStream.error.writeLine("warning: " + TextWidth.printable(failure.message))
            let pause = Duration.seconds(max(1, record.next - Clock.now))
            TerminalStream.error.writeLine("hint: it is tried again in \(DurationText.elapsed(pause))")
        }
    }

    private static let endings: Set<String> = [
        PublishError.Code.notPublic.rawValue, PublishError.Code.noLicence.rawValue, HubError.Code.repoNotFound.rawValue,
        HubError.Code.revisionNotFound.rawValue,
    ]

    private func mirror(_ order: MirrorOrder) async throws -> MirrorResult {
        let display = ProgressDisplay(mode: session.progressMode(progress, for: output))
        let observer = ProgressObserver(display: display)
        let title = "mirroring \(order.address.repo) from \(order.address.endpoint)"
        let result = try await display.run(title: TextWidth.printable(title)) {
            try await ClientSession.withHub(settings) { hub in
                try await PublishSession.withQuietEngine { engine in
                    var sharer = Sharer(session.folder, engine: engine, transfer: hub.engine, observer: observer)
                    sharer.label = session.settings.catalogue.label
                    sharer.creator = "shoal/\(ShoalVersion.current)"
                    var mirrorer = Mirrorer(hub, sharer: sharer, observer: observer)
                    mirrorer.permits = { try ShareRules().check([ShareRules.name(of: $0)]) }
                    // Git must not outlive an interruption.
                    mirrorer.noteChild = { Interruption.take(along: $0) }
                    return try await mirrorer.mirror(order)
                }
            }
        }
        display.close(MirrorDocument.summary(result, elapsed: display.elapsed))
        for note in result.share.leftOut + result.notes { display.note(note) }
        return result
    }

    private func show(
        _ result: MirrorResult, _ order: MirrorOrder, isTold: Bool, follower: MirrorDocument.Keeper? = nil
    ) throws {
        let document = MirrorDocument(result, order, session.registry, isTold: isTold, follower: follower)
        try output.print(document, quiet: [document.magnet]) { document.lines }
    }
}
