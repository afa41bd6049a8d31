internal import ChunkStore
internal import HubWire
internal import Logging
internal import NIOHTTP1
internal import Transfer
internal import Transport

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Brings large files into a hub's LFS storage: for hubs without Xet, or with Xet switched off (hub-api §1.8).
///
/// Each file is read once for its SHA-256, which the hub must know first, and once to be sent. What the hub has already is
/// not sent, so an interrupted upload goes on with the files that are missing.
struct LFSUpload: Sendable {
    /// A file whose content is at the hub.
    struct Stored: Sendable {
        var file: PushSource.File
        var sha256: String
        /// Bytes that travelled; none when the hub had the content.
        var sentBytes: UInt64
    }

    /// Times that the hub is asked for new addresses when the ones it gave are refused.
    private static let grants = 3
    private static let filesAtOnce = 4
    private static let mediaType = "application/vnd.git-lfs+json"

    let hub: Hub
    let repo: RepoReference
    let observer: any TransferObserver

    /// Uploads files and returns when the hub has them all, in the order of the files.
    func run(_ files: [PushSource.File]) async throws -> [Stored] {
        let hashed = try await concurrently(files) { file in
            let stamp = try FileStamp(file)
            let sha256 = try await sha256(of: file)
            try stamp.check(file)
            return (file: file, stamp: stamp, sha256: sha256)
        }
        var answers: [String: LFSBatchReply.Object] = [:]
        let unique = Dictionary(hashed.map { ($0.sha256, $0.file.size) }) { first, _ in first }
        let objects = unique.map { LFSBatchRequest.Object(oid: $0.key, size: $0.value) }.sorted { $0.oid < $1.oid }
        var start = 0
        while start < objects.count {
            let end = min(start + LFSBatchRequest.maximumObjects, objects.count)
            for object in try await batch(Array(objects[start..<end])) { answers[object.oid] = object }
            start = end
        }
        let byID = answers
        // Equal files travel once: the first of them stands for all.
        var first = Set<String>()
        let leaders = hashed.map { first.insert($0.sha256).inserted }
        return try await concurrently(Array(zip(hashed, leaders))) { entry, isLeader in
            guard let answer = byID[entry.sha256] else {
                throw HubError(
                    .notAHub, "\(hub.settings.endpoint) does not say how '\(entry.file.name)' shall be uploaded")
            }
            var sent: UInt64 = 0
            if isLeader { sent = try await upload(entry.file, sha256: entry.sha256, stamp: entry.stamp, answer) }
            observer.kept()
            if sent < entry.file.size { observer.advanced(entry.file.name, bytes: entry.file.size - sent) }
            observer.finished(entry.file.name, outcome: sent > 0 ? .transferred : .alreadyPresent)
            return Stored(file: entry.file, sha256: entry.sha256, sentBytes: sent)
        }
    }

    /// From memory when the file was read before and has not changed.
    private func sha256(of file: PushSource.File) async throws -> String {
        if let known = await hub.engine.knownSHA256(path: file.localPath) { return "\(known)" }
        return try await ContentDigest.sha256(file.localPath)
    }

    private func batch(_ objects: [LFSBatchRequest.Object]) async throws -> [LFSBatchReply.Object] {
        let request = LFSBatchRequest(objects: objects, ref: .init(name: repo.effectiveRevision))
        let headers: HTTPHeaders = ["Content-Type": Self.mediaType]
        let reply = try await hub.send(
            HubRequest(
                method: .POST, target: "/\(repo.type.urlPrefix)\(repo.id).git/info/lfs/objects/batch",
                headers: headers, body: try Hub.json(request), patience: .full, maximumReplyBytes: 64 << 20,
                accept: Self.mediaType, subject: hub.subject(repo, isWrite: true)))
        return try reply.decoded(LFSBatchReply.self).objects
    }

    /// Sends the content of one file, asking for new addresses when the given ones are no longer good.
    /// - Returns: the bytes sent; 0 when the hub has the content.
    private func upload(
        _ file: PushSource.File, sha256: String, stamp: FileStamp, _ answer: LFSBatchReply.Object
    ) async throws -> UInt64 {
        var answer = answer
        var attempt = 1
        while true {
            if let refusal = answer.error {
                throw HubError(
                    .badRequest,
                    "\(hub.settings.endpoint) does not take '\(file.name)': \(refusal.message ?? "no reason given")",
                    status: refusal.code)
            }
            guard let action = answer.actions?.upload else { return 0 }
            guard let plan = LFSUploadPlan(action, size: file.size) else {
                throw HubError(
                    .notAHub, "\(hub.settings.endpoint) gives addresses for '\(file.name)' that do not add up")
            }
            do {
                try await send(file, stamp: stamp, oid: sha256, plan)
                try stamp.check(file)
                if let verify = answer.actions?.verify { try await confirm(verify, oid: sha256, size: file.size) }
                return file.size
            } catch let refusal as LFSRefusal where attempt < Self.grants && refusal.isExpiry {
                hub.logger.info("asking for new upload addresses", metadata: ["file": "\(file.name)"])
                attempt += 1
                answer = try await batch([.init(oid: sha256, size: file.size)]).first ?? answer
            } catch let refusal as LFSRefusal {
                throw HubError(refusal.reply, subject: hub.subject(repo, path: file.name, isWrite: true))
            }
        }
    }

    private func send(_ file: PushSource.File, stamp: FileStamp, oid: String, _ plan: LFSUploadPlan) async throws {
        switch plan {
        case .basic(let url, let headers):
            _ = try await put(file, 0..<file.size, to: url, headers: headers)
        case .multipart(let urls, let partBytes, let completion):
            let parts = try await concurrently(Array(urls.enumerated())) { index, url in
                let start = UInt64(index) * partBytes
                let reply = try await put(file, start..<min(start + partBytes, file.size), to: url, headers: [:])
                guard let etag = reply.headers.first(name: "ETag") else {
                    throw HubError(
                        .notAHub,
                        "\(TransportError.withoutQuery(url)) does not name the part of '\(file.name)' that it stored")
                }
                return LFSCompletion.Part(partNumber: index + 1, etag: etag)
            }
            var request = HTTPRequest(
                method: .POST, url: hub.ownAddress(of: completion),
                headers: [
                    "Content-Type": Self.mediaType, "Accept": Self.mediaType, "User-Agent": hub.settings.userAgent,
                ], body: try Hub.json(LFSCompletion(oid: oid, parts: parts)))
            request.replyTimeout = .seconds(300)
            try await checked(request)
        }
    }

    /// Sends a range of a file. The address authorises itself: no token goes with it, wherever it leads.
    private func put(
        _ file: PushSource.File, _ range: Range<UInt64>, to url: String, headers: [String: String]
    ) async throws -> HubReply {
        var request = HTTPRequest(
            method: .PUT, url: hub.ownAddress(of: url), headers: HTTPHeaders(headers.map { ($0, $1) }))
        request.headers.replaceOrAdd(name: "User-Agent", value: hub.settings.userAgent)
        return try await hub.engine.upload(file.localPath, range, by: request) { piece in
            observer.travelled(UInt64(piece))
            observer.advanced(file.name, bytes: UInt64(piece))
        } receive: { response in
            let reply = HubReply(
                status: response.status, headers: response.headers, body: try await response.collect(upTo: 1 << 20),
                url: response.url, answerer: response.answerer)
            guard response.isSuccess else { throw LFSRefusal(reply: reply) }
            return reply
        }
    }

    private func confirm(_ action: LFSBatchReply.Action, oid: String, size: UInt64) async throws {
        var headers = HTTPHeaders(action.header.map { ($0, $1) })
        headers.replaceOrAdd(name: "Content-Type", value: Self.mediaType)
        _ = try await hub.send(
            HubRequest(
                method: .POST, target: hub.ownAddress(of: action.href), headers: headers,
                body: try Hub.json(LFSBatchRequest.Object(oid: oid, size: size)), patience: .full,
                accept: Self.mediaType, subject: hub.subject(repo, isWrite: true)))
    }

    private func checked(_ request: HTTPRequest) async throws {
        let response = try await hub.transport.send(request, retrying: HubRequest.Patience.full.policy)
        let reply = HubReply(
            status: response.status, headers: response.headers, body: try await response.collect(upTo: 1 << 20),
            url: response.url, answerer: response.answerer)
        guard response.isSuccess else { throw LFSRefusal(reply: reply) }
    }

    /// Runs `body` for all items, a few at once; results in the order of the items.
    private func concurrently<Item: Sendable, R: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> R
    ) async throws -> [R] {
        try await withThrowingTaskGroup(of: (Int, R).self) { group in
            var results = [R?](repeating: nil, count: items.count)
            var next = 0
            func startNext() {
                guard next < items.count else { return }
                let index = next
                next += 1
                group.addTask { (index, try await body(items[index])) }
            }
            for _ in 0..<Self.filesAtOnce { startNext() }
            while let (index, result) = try await group.next() {
                results[index] = result
                startNext()
            }
            return results.compactMap { $0 }
        }
    }
}

/// A store's answer to an upload that is no success.
private struct LFSRefusal: Error {
    var reply: HubReply

    /// Signed addresses have their time.
    var isExpiry: Bool { [400, 401, 403, 404, 410].contains(reply.status) }
}

/// What a file was when it was hashed: what is sent later must be the same.
struct FileStamp: Sendable {
    private let identity: FileIdentity

    init(_ file: PushSource.File) throws(HubError) {
        guard let identity = FileIdentity(path: file.localPath) else {
            throw HubError(.fileChanged, "\(file.localPath) is gone", hint: "run the command again")
        }
        self.identity = identity
        guard identity.size == file.size else { throw FileStamp.changed(file) }
    }

    func check(_ file: PushSource.File) throws(HubError) {
        guard try FileStamp(file).identity.hasSameContent(as: identity) else { throw FileStamp.changed(file) }
    }

    static func changed(_ file: PushSource.File) -> HubError {
        HubError(
            .fileChanged, "\(file.localPath) changed while it was sent",
            hint: "wait until whatever writes it is done, then run the command again")
    }
}
