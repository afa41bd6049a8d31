internal import Commands
internal import HubClient
internal import Publish
internal import PublishWire
internal import Terminal
internal import Torrents

/// Signs with the present key what former keys of this user have signed.
struct Resigning {
    struct Outcome: Sendable {
        var models: [String] = []
        /// One sentence each.
        var failures: [String] = []
    }

    let session: PublishSession
    let hub: HubOptions
    let progress: ProgressOptions
    let output: ResultOptions

    /// Goes through the registry. What cannot be signed stays as it is, and is told.
    func run() async throws -> Outcome {
        let former = try PublisherKeys.former(session.folder)
        let entries = try session.registry.list().entries.filter { entry in
            entry.origin != .got && former.contains { $0.fingerprint == entry.publisher }
        }
        guard !entries.isEmpty else { return Outcome() }
        let settings = try session.hubSettings(hub)
        let display = ProgressDisplay(mode: session.progressMode(progress, for: output))
        return try await display.run(title: "signing \(Plural.count(entries.count, "model")) anew") {
            try await ClientSession.withHub(settings) { hub in
                try await PublishSession.withQuietEngine { engine in
                    var sharer = Sharer(
                        session.folder, engine: engine, transfer: hub.engine,
                        observer: ProgressObserver(display: display))
                    sharer.label = session.settings.catalogue.label
                    sharer.creator = "shoal/\(ShoalVersion.current)"
                    return try await sign(entries, by: sharer)
                }
            }
        }
    }

    private func sign(_ entries: [RegistryEntry], by sharer: Sharer) async throws -> Outcome {
        var outcome = Outcome()
        for entry in entries {
            do {
                _ = try await sharer.resign(entry)
                outcome.models.append(entry.name.description)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let reason = CommandFailure(describing: error).message
                outcome.failures.append("\(entry.name): \(reason); share it again")
            }
        }
        return outcome
    }
}
