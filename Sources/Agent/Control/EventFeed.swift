internal import Foundation
internal import Hummingbird
internal import NIOCore
internal import Publish

/// One client's stream of events (docs/agent.md, `GET /v1/events`).
struct EventFeed: Sendable {
    private static let interval = Duration.milliseconds(250)
    private static let silence = Duration.seconds(10)

    let reporter: StatusReporter
    let desk: PullDesk
    let stop: StopSignal
    /// The pull whose events alone are wanted.
    var only: PullJob?

    /// Writes until the client goes, the agent stops, or the one pull is over.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        if let only { try await follow(only, &writer) } else { try await followAll(&writer) }
    }

    private func follow(_ job: PullJob, _ writer: inout any ResponseBodyWriter) async throws {
        var last = Data()
        var lastWrite = ContinuousClock.now
        while true {
            // Looked at before the document is made: the last one is written after the end.
            let isOver = job.isOver
            let bytes = AgentJSON.bytes(job.document)
            if bytes != last {
                try await writer.write(Self.event("pull", bytes))
                last = bytes
                lastWrite = .now
            }
            guard !isOver, !stop.isSet else { return }
            try await keepAlive(&writer, &lastWrite)
            try await Task.sleep(for: Self.interval)
        }
    }

    private func followAll(_ writer: inout any ResponseBodyWriter) async throws {
        var seen: UInt64?
        var over: Set<Int> = []
        // Nil before the first look: the status has told of them.
        var transfers: [String: TorrentTransfer]?
        var lastWrite = ContinuousClock.now
        for job in await desk.newest(.max) where job.isOver { over.insert(job.number) }
        while !stop.isSet {
            let now = reporter.changes
            if now != seen {
                seen = now
                try await writer.write(Self.event("status", AgentJSON.bytes(await reporter.status())))
                for job in await desk.newest(.max).reversed() where !over.contains(job.number) {
                    if job.isOver { over.insert(job.number) }
                    try await writer.write(Self.event("pull", AgentJSON.bytes(job.document)))
                }
                try await writeTransfers(&writer, &transfers)
                lastWrite = .now
            }
            try await keepAlive(&writer, &lastWrite)
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Tells of torrents that are not as they were.
    private func writeTransfers(
        _ writer: inout any ResponseBodyWriter, _ seen: inout [String: TorrentTransfer]?
    ) async throws {
        guard let host = reporter.torrents.host else { return }
        let now = await host.desk.transfers()
        if let last = seen {
            for transfer in now where last[transfer.id] != transfer {
                try await writer.write(Self.event("transfer", AgentJSON.bytes(transfer)))
            }
        }
        seen = Dictionary(now.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Writes a comment where nothing was written for long: whoever has gone is noticed.
    private func keepAlive(
        _ writer: inout any ResponseBodyWriter, _ last: inout ContinuousClock.Instant
    ) async throws {
        guard last.duration(to: .now) >= Self.silence else { return }
        try await writer.write(ByteBuffer(string: ": still here\n\n"))
        last = .now
    }

    private static func event(_ name: String, _ data: Data) -> ByteBuffer {
        var buffer = ByteBuffer(string: "event: \(name)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }
}
