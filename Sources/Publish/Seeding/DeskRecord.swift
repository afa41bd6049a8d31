internal import Foundation
internal import PublishWire

/// What a ``TorrentDesk`` remembers from one run to the next.
struct DeskRecord: Codable, Sendable {
    struct Seed: Codable, Sendable, Hashable {
        var id: String
        var isPaused = false
        /// Enough was given.
        var isDone = false
        /// In all runs together.
        var given: Int64 = 0
        var received: Int64 = 0
        var seconds: Double = 0
        /// What its files looked like when they were last known to be right.
        var seal: String?
        var startedAt: Double
        var lastActivity: Double?

        enum CodingKeys: String, CodingKey {
            case id, given, received, seconds, seal
            case isPaused = "paused"
            case isDone = "done"
            case startedAt = "started_at"
            case lastActivity = "last_activity"
        }
    }

    struct Download: Codable, Sendable, Hashable {
        var id: String
        var order: DownloadOrder
        var isPaused = false
        /// Why it has ended, until somebody resumes it.
        var failure: String?
        var startedAt: Double
        /// What it has turned out to be, as hexadecimal digits.
        var hashV1: String?
        var hashV2: String?

        enum CodingKeys: String, CodingKey {
            case id, order, failure
            case isPaused = "paused"
            case startedAt = "started_at"
            case hashV1 = "info_hash_v1"
            case hashV2 = "info_hash_v2"
        }

        /// Nil until somebody has told.
        var hashes: InfoHashes? {
            get {
                InfoHashes(
                    v1: hashV1.flatMap { Hex.decode($0, count: 20) }, v2: hashV2.flatMap { Hex.decode($0, count: 32) })
            }
            set { (hashV1, hashV2) = (newValue?.v1.map { Hex.encode($0) }, newValue?.v2.map { Hex.encode($0) }) }
        }
    }

    var next = 1
    /// By key of the item.
    var seeds: [String: Seed] = [:]
    var downloads: [Download] = []
    /// What is over, the latest last.
    var history: [TorrentTransfer] = []

    /// Transfers that are over and still told of, and seeds of items that are gone and still known.
    static let mostHistory = 200
    private static let largest = 64 << 20

    mutating func makeID() -> String {
        defer { next += 1 }
        return "x\(next)"
    }

    mutating func note(_ transfer: TorrentTransfer) {
        history.removeAll { $0.id == transfer.id }
        history.append(transfer)
        if history.count > Self.mostHistory { history.removeFirst(history.count - Self.mostHistory) }
    }

    /// - Returns: an empty one where there is none that can be read.
    static func read(_ path: String) -> DeskRecord {
        guard let bytes = PlacedFile.read(path, limit: largest) else { return DeskRecord() }
        return (try? JSONDecoder().decode(DeskRecord.self, from: Data(bytes))) ?? DeskRecord()
    }

    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self))
        }
    }
}
