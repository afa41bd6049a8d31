internal import Commands
internal import HubClient
internal import HubWire
internal import Logging
internal import Publish
internal import PublishWire
internal import Transfer
internal import Transport

/// Keeps up with repositories for the agent: it asks the hubs itself, and mirrors in a process of its own.
enum MirrorFollowing {
    /// - Parameter own: the settings of the user's own hub.
    static func followers(
        _ registry: Registry, own: HubSettings, transport: any HTTPTransport, engine: TransferEngine, logger: Logger
    ) -> Followers {
        let means = Follower.Means(
            look: { record in
                let address = record.order.address
                let hub = Hub(
                    settings: address.settings(from: own), transport: transport, engine: engine, logger: logger)
                return try await hub.look(at: address.repo, knowing: record.mark)
            },
            mirror: { record, _ in _ = try await ShellCommand.run(words(for: record.order)) })
        return Followers(registry, means: means) { record, outcome in
            let repo = "\(record.order.address.repo)"
            switch outcome {
            case .unchanged: break
            case .mirrored(let commit):
                logger.notice("a new commit is mirrored", metadata: ["repo": "\(repo)", "commit": "\(commit)"])
            case .failed(let error):
                logger.warning(
                    "a repository that is followed cannot be mirrored now",
                    metadata: ["repo": "\(repo)", "reason": "\(CommandFailure(describing: error).message)"])
            }
        }
    }

    /// The command line of one mirror. The repository's whole address is named, so that no other hub is asked, and that
    /// a foreign one gets no token.
    static func words(for order: MirrorOrder) -> [String] {
        var words = ["mirror", "--json", "--revision=\(order.address.repo.effectiveRevision)"]
        if let id = order.id { words.append("--name=\(id.text)") }
        if let licence = order.licence { words.append("--license=\(licence)") }
        if order.depth > 0 { words.append("--depth=\(order.depth)") }
        if order.skipsLarge { words.append("--skip-lfs") }
        if !order.isPublic { words.append("--no-broadcast") }
        words.append(order.signs ? "--sign" : "--no-sign")
        return words + ["--", order.address.page]
    }
}
