internal import Publish

/// How torrents stand, as `GET /v1/status` tells it (docs/agent.md).
struct TorrentsDocument: Encodable, Sendable {
    /// Transfers that are told of at most; the rest is in `GET /v1/transfers`.
    static let mostTransfers = 100

    var isAvailable: Bool
    var reason: String?
    var engine: String?
    var port = 0
    var nodes = 0
    var peers = 0
    var active = 0
    var count = 0
    var downloadRate = 0
    var uploadRate = 0
    var received: Int64 = 0
    var given: Int64 = 0
    var limits = StatusDocument.Limits()
    var transfers: [TorrentTransfer] = []

    enum CodingKeys: String, CodingKey {
        case reason, engine, port, peers, active, count, limits, transfers
        case isAvailable = "available"
        case nodes = "dht_nodes"
        case downloadRate = "download_rate"
        case uploadRate = "upload_rate"
        case received = "received_bytes"
        case given = "given_bytes"
    }

    init(_ presence: TorrentPresence) async {
        switch presence {
        case .missing(let reason):
            isAvailable = false
            self.reason = reason
        case .there(let host):
            isAvailable = true
            engine = host.settings.engineName
            let report = await host.desk.report()
            port = report.port
            nodes = report.nodes
            peers = report.peers
            downloadRate = report.downloadRate
            uploadRate = report.uploadRate
            received = report.received
            given = report.given
            limits = .init(download: report.downloadLimit, upload: report.uploadLimit)
            count = report.transfers.count
            active = report.transfers.count { $0.status == .active }
            transfers = Self.shown(report.transfers)
        }
    }

    /// Those where something happens first, else in their order.
    private static func shown(_ all: [TorrentTransfer]) -> [TorrentTransfer] {
        guard all.count > mostTransfers else { return all }
        func weight(_ transfer: TorrentTransfer) -> Int {
            if transfer.downloadRate + transfer.uploadRate > 0 { return 3 }
            if transfer.kind == .download, !transfer.status.isOver { return 2 }
            return transfer.status == .failed ? 1 : 0
        }
        let order = all.enumerated().sorted { one, other in
            let (first, second) = (weight(one.element), weight(other.element))
            return first == second ? one.offset < other.offset : first > second
        }
        return order.prefix(mostTransfers).map(\.element)
    }
}
