internal import HubClient
internal import PublishWire

/// What others say of a manifest and of who has signed it.
extension GetSession {
    /// Compares the manifest with the repository that it says it is a copy of: for what a hub has too, the hub's hashes
    /// count, not the publisher's key. A hub that is away, or knows nothing of it, keeps nobody from going on.
    func compareWithHub() async throws {
        guard order.usesHubs, var manifest = review?.manifest, let source = manifest.source,
            let hub = context.hub?(source.endpoint)
        else { return }
        // This hub stands for the one that is named, as mirrors do.
        manifest.source?.endpoint = hub.settings.endpoint
        let (subject, check) = (manifest, HubCheck(hub))
        let outcome = try? await TimeLimit.run(context.timing.hub, "the hub's listing") { await check.check(subject) }
        try Task.checkCancellation()
        hubCheck = outcome ?? .unknown("it does not answer in time")
        guard case .differs(let differences) = outcome else { return }
        let shown = differences.prefix(3).joined(separator: ", ") + (differences.count > 3 ? ", …" : "")
        throw PublishError(
            .wrongContent, "this is not \(source.repo) at \(source.commit.prefix(12)) as the hub has it: \(shown)",
            hint: "do not use it; 'shoal pull \(source.repo)' gets the hub's own")
    }
}
