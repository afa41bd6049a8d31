internal import SwarmWire

/// Those who ask about one file are told of each other, as far as they listen (BEP 11).
extension PeerServer {
    /// A file that a peer asks about and was told of.
    private struct Place: Hashable {
        var session: UploadScheduler<PeerJob>.PeerNumber
        var tag: UInt32
        var swarm: SwarmID
    }

    /// Tells peers of each other until the task is cancelled.
    func exchangePeers() async {
        var lines: [Place: PeerExchange.Connection] = [:]
        while true {
            try? await Task.sleep(for: limits.exchangePeriod)
            guard !Task.isCancelled else { break }
            var gone = lines
            var present: [(session: PeerSession, tag: UInt32, line: PeerExchange.Connection)] = []
            for session in sessions {
                for (file, tag) in session.sharedFiles {
                    let place = Place(session: session.number, tag: tag, swarm: file.id)
                    let line = lines[place] ?? exchange.newConnection()
                    if lines[place] == nil {
                        exchange.connected(line, in: file.id, address: session.listening, remote: session.remote)
                    }
                    lines[place] = line
                    gone[place] = nil
                    present.append((session, tag, line))
                }
            }
            for (place, line) in gone {
                exchange.disconnected(line)
                lines[place] = nil
            }
            for (session, tag, line) in present {
                guard let news = exchange.message(for: line) else { continue }
                session.send(SwarmMessage.peers(tag: tag, added: news.added, dropped: news.dropped))
            }
        }
        for line in lines.values { exchange.disconnected(line) }
    }
}
