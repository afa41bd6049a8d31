import ServiceLifecycle

/// Notes when the hub is told to stop, so that `/readyz` can say it on the connections that are still open.
struct DrainWatch: Service {
    let health: HubHealth

    func run() async throws {
        try? await gracefulShutdown()
        health.beginDraining()
    }
}
