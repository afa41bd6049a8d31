internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import Transport

/// Asks the upstream hub about files, each caller for itself, and remembers what it said for a moment: a file that is
/// read in many ranges is asked about once.
final class FactBook: Sendable {
    enum Answer: Sendable {
        case file(FileFacts)
        /// The repository has another name; where, at the hub.
        case moved(Transport.HTTPResponse)
        /// A refusal, or something that is no file.
        case other(Transport.HTTPResponse)
        case absent(UpstreamAbsent)
    }

    private struct Key: Hashable {
        var caller: Caller
        var target: String
    }

    private static let lifetime = Duration.seconds(30)
    private static let capacity = 4096
    /// Python's clients wait ten seconds.
    private static let patience = Duration.seconds(6)

    private let upstream: UpstreamHub
    private let known = Mutex<[Key: (facts: FileFacts, asked: ContinuousClock.Instant)]>([:])

    init(upstream: UpstreamHub) { self.upstream = upstream }

    func look(_ request: Request, target: ResolveTarget) async throws -> Answer {
        let path = request.head.path ?? "/"
        let key = Key(caller: Caller(request), target: path)
        let fresh = known.withLock { $0[key] }
        // Whoever asks without wanting bytes wants to know how things are now.
        if request.method == .get, let fresh, fresh.asked.duration(to: .now) < Self.lifetime {
            return .file(fresh.facts)
        }
        let reply: Transport.HTTPResponse
        do {
            reply = try await upstream.ask(request.withoutRange, method: .head, target: path, patience: Self.patience)
        } catch let absence as UpstreamAbsent {
            return .absent(absence)
        }
        if let location = reply.headers.first(name: "Location"), (300..<400).contains(reply.status),
            upstream.headers.isHome(location), reply.headers.first(name: "X-Linked-Size") == nil
        {
            return .moved(reply)
        }
        guard let facts = FileFacts(status: reply.status, headers: reply.headers, path: target.path) else {
            return .other(reply)
        }
        await reply.discard()
        known.withLock { known in
            if known.count >= Self.capacity {
                known = known.filter { $0.value.asked.duration(to: .now) < Self.lifetime }
            }
            if known.count >= Self.capacity { known = [:] }
            known[key] = (facts, .now)
        }
        return .file(facts)
    }
}

extension Request {
    /// A question about the whole file.
    var withoutRange: Request {
        var head = head
        head.headerFields[.range] = nil
        head.headerFields[.ifRange] = nil
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }
}
