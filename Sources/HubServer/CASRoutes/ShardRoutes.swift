import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import NIOCore
import NIOPosix

/// `POST /v1/shards` and its streaming form `POST /v2/shards` (xet-protocol §5.7).
extension CASRoutes {
    func registerShard(_ request: Request) async throws -> Response {
        let registration = try await receiveShard(request)
        let isNew = try await registration.commit(registration.check())
        return try Self.json(ShardUploadReply(result: isNew ? 1 : 0))
    }

    /// Replies line by line while it works. What is wrong with the shard's form is a 400; what its checks find comes
    /// as the last line, because by then the reply has begun.
    func registerShardStreaming(_ request: Request) async throws -> Response {
        let registration = try await receiveShard(request)
        let body = ResponseBody { writer in
            try await self.stream(registration, to: &writer)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    private func receiveShard(_ request: Request) async throws -> ShardRegistration {
        let claims = try authorize(request, .write)
        let file = try await ContentThreads.reading.runIfActive { [content] in try content.objects.makeIncoming() }
        let received = try await BodyReceiver.receive(request, into: file, limit: BodyReceiver.maximumShardBody)
        var registration = try await ShardRegistration(
            parsing: file, length: received.length, content: content, repo: claims.repo, user: claims.user)
        registration.isLimited = claims.isLimited
        return registration
    }

    private enum StreamEvent: Sendable {
        case checked([CheckedFile])
        case committed
        case failed(ShardProgressLine)
        case tick
    }

    /// How often the count of what is verified is looked at.
    private static let tick = Duration.milliseconds(250)

    private func stream(_ registration: ShardRegistration, to writer: inout any ResponseBodyWriter) async throws {
        var lines = ShardLineWriter(keepAlive: shardKeepAlive)
        try await lines.write(.validating(registration.progress), to: &writer)
        try await withThrowingTaskGroup(of: StreamEvent.self) { group in
            group.addTask { await self.event { .checked(try await registration.check()) } }
            group.addTask { try await Self.nextTick() }
            var isValidating = true
            while let event = try await group.next() {
                switch event {
                case .tick:
                    try await lines.refresh(isValidating ? .validating(registration.progress) : nil, to: &writer)
                    group.addTask { try await Self.nextTick() }
                case .checked(let files):
                    isValidating = false
                    try await lines.write(.validating(registration.progress), to: &writer)
                    try await lines.write(.committing("uploading"), to: &writer)
                    try await lines.write(.committing("syncing"), to: &writer)
                    group.addTask {
                        await self.event {
                            _ = try await registration.commit(files)
                            return .committed
                        }
                    }
                case .committed:
                    group.cancelAll()
                    return try await lines.write(ShardProgressLine(type: "result"), to: &writer)
                case .failed(let line):
                    group.cancelAll()
                    return try await lines.write(line, to: &writer)
                }
            }
        }
    }

    private static func nextTick() async throws -> StreamEvent {
        try await Task.sleep(for: tick)
        return .tick
    }

    private func event(_ work: () async throws -> StreamEvent) async -> StreamEvent {
        do {
            return try await work()
        } catch {
            let refusal = refusal(for: error)
            var line = ShardProgressLine(type: "error")
            line.message = refusal.text
            line.retryable = refusal.status.kind == .serverError
            return .failed(line)
        }
    }
}

/// Writes progress lines as NDJSON and repeats the last one when nothing has changed for a while, so that the
/// reader's timeout does not strike.
struct ShardLineWriter {
    private let keepAlive: Duration
    private var last: ShardProgressLine?
    private var lastWrite = ContinuousClock.now

    init(keepAlive: Duration) { self.keepAlive = keepAlive }

    mutating func write(_ line: ShardProgressLine, to writer: inout any ResponseBodyWriter) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var data = try encoder.encode(line)
        data.append(UInt8(ascii: "\n"))
        last = line
        lastWrite = .now
        try await writer.write(ByteBuffer(bytes: data))
    }

    /// Writes a line that differs from the last one, or repeats the last one when its time has come.
    mutating func refresh(_ line: ShardProgressLine?, to writer: inout any ResponseBodyWriter) async throws {
        if let line, line != last {
            try await write(line, to: &writer)
        } else if let last, .now - lastWrite >= keepAlive {
            try await write(last, to: &writer)
        }
    }
}

extension ShardProgressLine {
    static func validating(_ progress: ShardProgress) -> ShardProgressLine {
        var line = ShardProgressLine(type: "validating")
        line.verified = progress.verified
        line.total = progress.total
        return line
    }

    fileprivate static func committing(_ stage: String) -> ShardProgressLine {
        var line = ShardProgressLine(type: "committing")
        line.stage = stage
        return line
    }
}
