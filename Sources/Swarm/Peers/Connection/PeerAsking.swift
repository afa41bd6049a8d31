internal import NIOCore
internal import SwarmWire

/// What we have asked one peer for.
struct PeerAsking {
    struct Request {
        var question: PeerQuestion
        var sentAt: NIODeadline
        /// Nobody waits for the answer any more, but it will come.
        var isCancelled = false
    }

    /// Files whose content we want to know of, by our tags.
    var files: [UInt32: FileKey] = [:]
    private(set) var requests: [UInt32: Request] = [:]
    /// When something last came that answers a request.
    var answeredAt = NIODeadline.uptimeNanoseconds(0)
    var maximumOutstanding = 256

    var isWaiting: Bool { !requests.isEmpty }
    var isFull: Bool { requests.count >= maximumOutstanding }

    /// When the request that waits longest was sent. Costs the number of requests.
    var oldestWait: NIODeadline? { requests.values.map(\.sentAt).min() }

    mutating func add(_ id: UInt32, _ question: PeerQuestion, now: NIODeadline) {
        requests[id] = Request(question: question, sentAt: now)
    }

    mutating func cancel(_ id: UInt32) -> Bool {
        guard requests[id]?.isCancelled == false else { return false }
        requests[id]?.isCancelled = true
        return true
    }

    /// Takes the request that an answer names; every request is answered once.
    mutating func answer(to id: UInt32, now: NIODeadline) throws(SwarmWireError) -> Request {
        guard let request = requests.removeValue(forKey: id) else {
            throw SwarmWireError(.unexpected, "the peer answers a request that was not made")
        }
        answeredAt = now
        return request
    }
}
