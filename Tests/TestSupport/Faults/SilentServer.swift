import Foundation

/// Accepts connections and never says a word.
public struct SilentServer: Sendable {
    public let port: Int

    /// Starts a server that ends with the fixture.
    public static func start(in fixture: Fixture) throws -> SilentServer {
        let (listener, port) = try listenOnLoopback()
        fixture.onCleanup { Foundation.close(listener) }
        return SilentServer(port: port)
    }
}
