import Foundation
import NIOHTTP1
import Synchronization

@testable import HubClient

/// The LFS half of a hub: batch, basic and multipart PUTs, completion, verify.
final class LFSStore: Sendable {
    enum Fault: Sendable {
        case none
        /// The first PUT is answered 500.
        case failsOnce
        /// The first PUT is answered 403.
        case expiresOnce
        /// The first part is answered without an ETag the hub later accepts: the completion fails once.
        case losesPartOnce
        /// Every object is refused.
        case refuses
    }

    private struct State {
        var objects: [String: Data] = [:]
        var parts: [String: [Int: Data]] = [:]
        var hasFailed = false
    }

    private let partBytes: Int?
    private let fault: Fault
    private let onPut: @Sendable () -> Void
    private let state = Mutex(State())

    init(partBytes: Int? = nil, fault: Fault = .none, onPut: @escaping @Sendable () -> Void = {}) {
        self.partBytes = partBytes
        self.fault = fault
        self.onPut = onPut
    }

    var objects: [String: Data] { state.withLock { $0.objects } }

    private func isFirst() -> Bool {
        state.withLock { state in
            defer { state.hasFailed = true }
            return !state.hasFailed
        }
    }

    func handle(_ request: FakeHub.Request) -> FakeHub.Reply? {
        let host = "http://" + (request.headers.first(name: "Host") ?? "")
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first) {
        case ("POST", _) where request.path.hasSuffix(".git/info/lfs/objects/batch"): return batch(request, host)
        case ("PUT", "store"):
            onPut()
            if fault == .failsOnce, isFirst() { return .error(500) }
            if fault == .expiresOnce, isFirst() { return .error(403) }
            if parts.count == 3, let number = Int(parts[2]) {
                state.withLock { $0.parts[parts[1], default: [:]][number] = request.data }
                return FakeHub.Reply(headers: [("ETag", "\"part-\(number)\"")])
            }
            state.withLock { $0.objects[parts[1]] = request.data }
            return FakeHub.Reply()
        case ("POST", "complete"): return complete(request, oid: parts[1])
        case ("POST", "verify"): return FakeHub.Reply()
        default: return nil
        }
    }

    private func batch(_ request: FakeHub.Request, _ host: String) -> FakeHub.Reply {
        guard let asked = try? JSONSerialization.jsonObject(with: request.data) as? [String: Any],
            let objects = asked["objects"] as? [[String: Any]]
        else { return .error(422) }
        let answers: [[String: Any]] = objects.map { object in
            let (oid, size) = (object["oid"] as? String ?? "", object["size"] as? Int ?? 0)
            var answer: [String: Any] = ["oid": oid, "size": size]
            if fault == .refuses {
                answer["error"] = ["code": 413, "message": "quota exceeded"]
            } else if state.withLock({ $0.objects[oid] == nil }) {
                var upload: [String: Any] = ["href": "\(host)/store/\(oid)?sig=1", "header": ["X-Extra": "1"]]
                if let partBytes {
                    var header = ["chunk_size": "\(partBytes)"]
                    for number in 1...max(1, (size + partBytes - 1) / partBytes) {
                        header[String(format: "%05d", number)] = "\(host)/store/\(oid)/\(number)?sig=1"
                    }
                    upload = ["href": "\(host)/complete/\(oid)?sig=1", "header": header]
                }
                answer["actions"] = ["upload": upload, "verify": ["href": "\(host)/verify"]]
            }
            return answer
        }
        let body = (try? JSONSerialization.data(withJSONObject: ["transfer": "basic", "objects": answers])) ?? Data()
        return FakeHub.Reply(body: body)
    }

    private func complete(_ request: FakeHub.Request, oid: String) -> FakeHub.Reply {
        struct Completion: Decodable {
            struct Part: Decodable {
                var partNumber: Int
                var etag: String
            }
            var oid: String
            var parts: [Part]
        }
        if fault == .losesPartOnce, isFirst() { return .error(404, nil, "no such upload") }
        guard let completion = try? JSONDecoder().decode(Completion.self, from: request.data), completion.oid == oid,
            completion.parts.map(\.etag) == completion.parts.map({ "\"part-\($0.partNumber)\"" })
        else { return .error(400) }
        state.withLock { state in
            let pieces = completion.parts.map { state.parts[oid]?[$0.partNumber] ?? Data() }
            state.objects[oid] = pieces.reduce(Data(), +)
        }
        return FakeHub.Reply()
    }
}
