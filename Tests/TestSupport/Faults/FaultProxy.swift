import Foundation
import Synchronization

/// An HTTP/1.1 proxy in front of a hub on loopback that records what passes and can spoil it.
///
/// The `Host` header passes unchanged, so a hub that makes its URLs from it sends its clients back through the proxy, and
/// bulk data passes here too. One thread serves each connection.
public final class FaultProxy: Sendable {
    public let port: Int
    private let upstream: Int
    private let listener: Int32

    private struct State {
        var faults: [Fault] = []
        var requests: [RecordedRequest] = []
        var count = 0
        var responseBytes = 0
        var connections: Set<Int32> = []
        var isClosed = false
        var bytesPerSecond: Int?
        var sendSlot: ContinuousClock.Instant = .now
    }
    private let state = Mutex(State())

    /// Starts a proxy to the hub at `upstream`, on a free port; it ends with the fixture.
    public static func start(in fixture: Fixture, upstream: Int) throws -> FaultProxy {
        let proxy = try FaultProxy(upstream: upstream)
        Thread.detachNewThread { proxy.acceptConnections() }
        fixture.onCleanup { proxy.close() }
        return proxy
    }

    private init(upstream: Int) throws {
        self.upstream = upstream
        (listener, port) = try listenOnLoopback()
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Adds a fault; the first that matches an exchange is applied.
    public func inject(_ fault: Fault) {
        state.withLock { $0.faults.append(fault) }
    }

    /// Removes all faults.
    public func heal() {
        state.withLock { $0.faults = [] }
    }

    /// Every request since the last ``forget()``, in the order of arrival.
    public var requests: [RecordedRequest] { state.withLock { $0.requests } }

    /// Bytes of response bodies handed to clients since the last ``forget()``.
    public var responseBytes: Int { state.withLock { $0.responseBytes } }

    /// Forgets what was recorded.
    public func forget() {
        state.withLock { state in
            state.requests = []
            state.responseBytes = 0
        }
    }

    /// Limits response bodies, over all connections together; nil lifts the limit.
    public func limit(bytesPerSecond: Int?) {
        state.withLock { $0.bytesPerSecond = bytesPerSecond }
    }

    /// Ends all connections and refuses new ones, as a machine that is switched off.
    public func vanish() { close() }

    private func close() {
        let wasClosed = state.withLock { $0.isClosed }
        guard !wasClosed else { return }
        let open = state.withLock { state in
            state.isClosed = true
            defer { state.connections = [] }
            return state.connections
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
        Foundation.close(listener)
    }

    private func acceptConnections() {
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            let accepted = state.withLock { state in
                if !state.isClosed { state.connections.insert(descriptor) }
                return !state.isClosed
            }
            guard accepted else {
                Foundation.close(descriptor)
                return
            }
            Thread.detachNewThread { self.serve(descriptor) }
        }
    }

    private func serve(_ descriptor: Int32) {
        let client = StreamSocket(descriptor: descriptor)
        // A broken connection, on either side, ends with the client's connection closed: that is what a proxy does.
        var isReset = false
        do {
            while try exchange(client) {}
        } catch {
            isReset = error is Reset
        }
        let isOurs = state.withLock { $0.connections.remove(descriptor) != nil }
        if isReset {
            // Unsent and unread bytes are thrown away, and the peer gets a reset in place of an end.
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        } else {
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
        if isOurs { Foundation.close(descriptor) }
    }

    /// Serves one request; false when the connection is to be closed.
    private func exchange(_ client: StreamSocket) throws -> Bool {
        guard let request = try client.readHead() else { return false }
        let (effect, number) = takeFault(for: request)
        switch effect {
        case .respond(let status, let headers, let body):
            try client.readBody(request.requestBody) { _ in }
            record(status, of: number)
            try answer(client, request, status: status, headers: headers, body: body)
            return true
        case .redirect(let base):
            try client.readBody(request.requestBody) { _ in }
            record(302, of: number)
            try answer(client, request, status: 302, headers: [("Location", base + request.target)], body: [])
            return true
        case .delay(let pause):
            usleep(pause.microseconds)
            return try forward(request, number, from: client, effect: nil)
        case .ignoreRange:
            var whole = request
            whole.set("Range", nil)
            return try forward(whole, number, from: client, effect: nil)
        case .hang:
            try client.readBody(request.requestBody) { _ in }
            return try client.readHead() != nil
        default:
            return try forward(request, number, from: client, effect: effect)
        }
    }

    private func takeFault(for request: HTTPHead) -> (Fault.Effect?, number: Int) {
        state.withLock { state in
            let index = state.faults.firstIndex { $0.times != 0 && $0.matches(request) }
            state.count += 1
            state.requests.append(
                RecordedRequest(
                    number: state.count, method: request.method, target: request.target, headers: request.headers,
                    isFaulted: index != nil))
            guard let index else { return (nil, state.count) }
            state.faults[index].times = state.faults[index].times.map { $0 - 1 }
            return (state.faults[index].effect, state.count)
        }
    }

    /// Notes what a request is answered with, before the answer leaves.
    private func record(_ status: Int, of number: Int) {
        state.withLock { state in
            guard let index = state.requests.lastIndex(where: { $0.number == number }) else { return }
            state.requests[index].status = status
        }
    }

    private func answer(
        _ client: StreamSocket, _ request: HTTPHead, status: Int, headers: [(String, String)], body: [UInt8]
    ) throws {
        var head = HTTPHead(startLine: "HTTP/1.1 \(status) Answer", headers: headers.map { ($0.0, $0.1) })
        if head["content-length"] == nil { head.set("Content-Length", "\(body.count)") }
        try client.write(head.bytes)
        if request.method != "HEAD" { try deliver(body[...], to: client) }
    }

    private func forward(
        _ request: HTTPHead, _ number: Int, from client: StreamSocket, effect: Fault.Effect?
    ) throws -> Bool {
        guard let server = try? StreamSocket.connect(port: upstream) else {
            try client.readBody(request.requestBody) { _ in }
            record(502, of: number)
            try answer(client, request, status: 502, headers: [], body: [])
            return true
        }
        defer { Foundation.close(server.descriptor) }
        try server.write(request.bytes)
        let isChunked = if case .chunked = request.requestBody { true } else { false }
        try client.readBody(request.requestBody) { piece in
            try server.write(
                isChunked ? Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10] : Array(piece))
        }
        if isChunked { try server.write("0\r\n\r\n".utf8) }

        guard var response = try server.readHead() else { return false }
        while response.status == 100, let next = try server.readHead() { response = next }
        record(response.status, of: number)
        let body = response.responseBody(toMethod: request.method)
        if case .rewrite(let change)? = effect, (200..<300).contains(response.status) {
            var whole: [UInt8] = []
            try server.readBody(body) { whole += $0 }
            let changed = change(whole)
            response.set("Transfer-Encoding", nil)
            response.set("Content-Length", "\(changed.count)")
            try client.write(response.bytes)
            if request.method != "HEAD" { try deliver(changed[...], to: client) }
            return true
        }
        return try relay(response, body, from: server, to: client, effect: effect)
    }

    private func relay(
        _ response: HTTPHead, _ body: HTTPHead.Body, from server: StreamSocket, to client: StreamSocket,
        effect: Fault.Effect?
    ) throws -> Bool {
        var head = response
        var isChunked = if case .chunked = body { true } else { false }
        if case .announce(let length)? = effect {
            head.set("Transfer-Encoding", nil)
            head.set("Content-Length", "\(length)")
            isChunked = false
        }
        if case .duplicate(let range)? = effect, case .length(let length) = body {
            // The head tells the truth about what comes, so that only the content can give the fault away.
            head.set("Content-Length", "\(length + range.clamped(to: 0..<length).count)")
        }
        try client.write(head.bytes)
        var spoiler = BodySpoiler(effect)
        do {
            try server.readBody(body) { piece in
                for part in spoiler.take(piece) { try deliver(part, to: client, chunked: isChunked) }
                switch spoiler.ending {
                case .close: throw Truncated()
                case .reset: throw Reset()
                case .silence:
                    // Until the client gives up.
                    while try client.readHead() != nil {}
                    throw Truncated()
                case nil: break
                }
            }
        } catch is Truncated {
            return false
        }
        for part in spoiler.rest() { try deliver(part, to: client, chunked: isChunked) }
        if isChunked { try client.write("0\r\n\r\n".utf8) }
        if case .untilClose = body { return false }
        if case .announce? = effect { return false }
        return response["connection"]?.lowercased() != "close"
    }

    private struct Reset: Error {}
    private struct Truncated: Error {}

    private func deliver(_ bytes: ArraySlice<UInt8>, to client: StreamSocket, chunked: Bool = false) throws {
        guard !bytes.isEmpty else { return }
        let slot = state.withLock { state -> ContinuousClock.Instant? in
            state.responseBytes += bytes.count
            guard let rate = state.bytesPerSecond else { return nil }
            state.sendSlot = max(state.sendSlot, .now) + .seconds(1) * (Double(bytes.count) / Double(rate))
            return state.sendSlot
        }
        if let slot, slot > .now {
            usleep(ContinuousClock.now.duration(to: slot).microseconds)
        }
        try client.write(
            chunked ? Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [13, 10] : Array(bytes))
    }
}
