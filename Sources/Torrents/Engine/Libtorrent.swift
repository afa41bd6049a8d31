internal import CTorrent
internal import SwarmWire

/// libtorrent-rasterbar as the engine.
///
/// Built without it, ``init(_:)`` and ``make(_:progress:)`` fail with ``TorrentError/Code/noEngine``.
package final class Libtorrent: TorrentEngine {
    /// Whether this build has libtorrent.
    package static var isAvailable: Bool { ctorrent_is_available() }
    /// libtorrent's version; nil without it.
    package static var version: String? {
        isAvailable ? ctorrent_version().map { String(cString: $0) } : nil
    }

    let session: EngineSession
    let news: News
    let settings: EngineSettings
    let lonely = Lonely()

    /// Begins to listen.
    package init(_ settings: EngineSettings = EngineSettings()) async throws(TorrentError) {
        let news = News()
        self.news = news
        self.settings = settings
        session = try EngineSession(settings) { events in
            for event in events { news.take(event) }
        }
        for node in settings.nodes ?? [] { await addNode(node) }
        await waitForPort()
    }

    /// It opens its sockets in a thread of its own, and whoever asks for the port wants to tell it to others.
    private func waitForPort() async {
        for _ in 0..<100 where await port == 0 { try? await Task.sleep(for: .milliseconds(5)) }
    }

    deinit {
        news.close()
    }

    package var port: UInt16 {
        get async { (try? await session.call { pointer throws(TorrentError) in ctorrent_port(pointer) }) ?? 0 }
    }

    package func events() -> AsyncStream<TorrentEvent> {
        news.events.listen(to: .all)
    }

    package func setLimits(download: Int, upload: Int) async {
        try? await session.configure(EngineSettings.limits(download: download, upload: upload))
    }

    package func setEncryption(_ encryption: EngineSettings.Encryption) async {
        try? await session.configure(encryption.named)
    }

    package func close(grace: Duration) async {
        news.close()
        await session.close(grace: grace)
    }
}
