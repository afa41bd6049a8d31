internal import Foundation

/// A torrent on its way in or out, as the control API tells it.
package struct TorrentTransfer: Sendable, Hashable {
    package enum Kind: String, Sendable, Codable { case download, seed }
    package enum Status: String, Sendable, Codable, CaseIterable {
        case pending, active, paused, completed, failed, cancelled

        package var isOver: Bool { self == .completed || self == .failed || self == .cancelled }
    }

    package var id: String
    package var kind: Kind
    package var status: Status
    /// What it is doing, finer than the status: `checking`, `metadata`, `waiting`, …
    package var phase: String
    package var model: String
    package var version: String?
    package var infoHashV1: String?
    package var infoHashV2: String?
    package var totalBytes: Int64 = 0
    /// Of a download: bytes that are there. Of a seed: bytes given, those of earlier runs among them.
    package var movedBytes: Int64 = 0
    package var givenBytes: Int64 = 0
    package var receivedBytes: Int64 = 0
    package var downloadRate = 0
    package var uploadRate = 0
    package var peers = 0
    package var seeders = 0
    package var isPublic = true
    /// Seconds since 1970.
    package var startedAt: Double
    package var completedAt: Double?
    package var lastActivity: Double?
    /// Why it does not go on.
    package var error: String?

    package init(id: String, kind: Kind, status: Status, phase: String, model: String, startedAt: Double) {
        self.id = id
        self.kind = kind
        self.status = status
        self.phase = phase
        self.model = model
        self.startedAt = startedAt
    }

    /// From 0 to 1: what is there.
    package var progress: Double {
        guard totalBytes > 0 else { return kind == .seed || status == .completed ? 1 : 0 }
        return kind == .seed ? 1 : min(1, Double(movedBytes) / Double(totalBytes))
    }

    package var ratio: Double { totalBytes > 0 ? Double(givenBytes) / Double(totalBytes) : 0 }

    /// Seconds until a download is there; nil when nobody can tell.
    package var secondsLeft: Double? {
        guard kind == .download, status == .active, downloadRate > 0 else { return nil }
        return Double(max(0, totalBytes - movedBytes)) / Double(downloadRate)
    }
}

extension TorrentTransfer: Codable {
    enum CodingKeys: String, CodingKey {
        case id, status, phase, version, progress, peers, seeders, eta, error, ratio
        case kind = "type"
        case model = "model_name"
        case infoHash = "info_hash"
        case infoHashV1 = "info_hash_v1"
        case infoHashV2 = "info_hash_v2"
        case totalBytes = "total_bytes"
        case movedBytes = "bytes_transferred"
        case givenBytes = "given_bytes"
        case receivedBytes = "received_bytes"
        case downloadRate = "download_rate"
        case uploadRate = "upload_rate"
        case isPublic = "public"
        case startedAt = "started_at"
        case completedAt = "completed_at"
        case lastActivity = "last_activity"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(kind, forKey: .kind)
        try container.encode(status, forKey: .status)
        try container.encode(phase, forKey: .phase)
        try container.encode(model, forKey: .model)
        try container.encode(version, forKey: .version)
        // The one that older programs know, where there are both.
        try container.encode(infoHashV1 ?? infoHashV2, forKey: .infoHash)
        try container.encodeIfPresent(infoHashV1, forKey: .infoHashV1)
        try container.encodeIfPresent(infoHashV2, forKey: .infoHashV2)
        try container.encode(totalBytes, forKey: .totalBytes)
        try container.encode(movedBytes, forKey: .movedBytes)
        try container.encode(givenBytes, forKey: .givenBytes)
        try container.encode(receivedBytes, forKey: .receivedBytes)
        try container.encode((progress * 10_000).rounded() / 10_000, forKey: .progress)
        try container.encode((ratio * 10_000).rounded() / 10_000, forKey: .ratio)
        try container.encode(downloadRate, forKey: .downloadRate)
        try container.encode(uploadRate, forKey: .uploadRate)
        try container.encode(peers, forKey: .peers)
        try container.encode(seeders, forKey: .seeders)
        try container.encode(isPublic, forKey: .isPublic)
        try container.encode(secondsLeft.map { $0.rounded() }, forKey: .eta)
        try container.encode(Self.text(startedAt), forKey: .startedAt)
        try container.encode(completedAt.map(Self.text), forKey: .completedAt)
        try container.encode(lastActivity.map(Self.text), forKey: .lastActivity)
        try container.encode(error, forKey: .error)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        kind = try container.decode(Kind.self, forKey: .kind)
        status = try container.decode(Status.self, forKey: .status)
        phase = try container.decode(String.self, forKey: .phase)
        model = try container.decode(String.self, forKey: .model)
        startedAt = Self.seconds(try container.decode(String.self, forKey: .startedAt)) ?? 0
        version = try container.decodeIfPresent(String.self, forKey: .version)
        infoHashV1 = try container.decodeIfPresent(String.self, forKey: .infoHashV1)
        infoHashV2 = try container.decodeIfPresent(String.self, forKey: .infoHashV2)
        totalBytes = try container.decodeIfPresent(Int64.self, forKey: .totalBytes) ?? 0
        movedBytes = try container.decodeIfPresent(Int64.self, forKey: .movedBytes) ?? 0
        givenBytes = try container.decodeIfPresent(Int64.self, forKey: .givenBytes) ?? 0
        receivedBytes = try container.decodeIfPresent(Int64.self, forKey: .receivedBytes) ?? 0
        isPublic = try container.decodeIfPresent(Bool.self, forKey: .isPublic) ?? true
        completedAt = try container.decodeIfPresent(String.self, forKey: .completedAt).flatMap(Self.seconds)
        lastActivity = try container.decodeIfPresent(String.self, forKey: .lastActivity).flatMap(Self.seconds)
        error = try container.decodeIfPresent(String.self, forKey: .error)
    }

    private static func text(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds.rounded()).formatted(.iso8601)
    }

    private static func seconds(_ text: String) -> Double? {
        (try? Date(text, strategy: .iso8601))?.timeIntervalSince1970
    }
}
