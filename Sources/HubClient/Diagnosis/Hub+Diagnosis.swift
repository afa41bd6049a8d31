public import HubWire
internal import NIOHTTP1
internal import Transport
internal import Xet
internal import XetClient

/// What a server said to a harmless question.
public struct ServerProbe: Sendable, Hashable {
    /// Scheme, host and port.
    public var origin: String
    public var status: Int
    public var duration: Duration
    /// Seconds that the clock of this machine is ahead of the server's; nil when it does not tell the time.
    public var clockAhead: Int64?
}

/// Which hosts the bytes of a repository's large files come from.
public struct StorageRoute: Sendable, Hashable {
    /// The storage, asked for a file that it cannot have: 404 is the healthy answer.
    public var storage: ServerProbe
    /// Where the bytes of a file lie; nil when the repository has no file in the Xet storage.
    public var data: ServerProbe?
    /// The file that was looked at.
    public var file: String?
    /// Seconds for which the storage's token is good.
    public var tokenSeconds: Int64
}

extension Hub {
    /// Asks one of the hub's endpoints a question that costs it nothing.
    /// - Throws: ``HubError`` when it does not answer.
    public func probe(_ endpoint: String) async throws -> ServerProbe {
        var request = HTTPRequest(url: "\(endpoint)/api/models?limit=1")
        request.authorize(bearer: try await currentToken())
        return try await probing(request, over: transport, endpoints: [endpoint])
    }

    /// A few repositories that this hub has, to look at its storage; empty when there are none to be seen.
    public func someRepositories(_ type: RepoType) async throws -> [RepoReference] {
        struct Item: Decodable { var id: String }
        let reply = try await send(HubRequest(target: "/api/\(type.plural)?limit=5", patience: .brief))
        return try reply.decoded([Item].self).compactMap { RepoID($0.id) }.map { RepoReference(type: type, id: $0) }
    }

    /// Goes the way that a pull of a repository goes, up to the first byte of a file.
    /// - Throws: ``HubError``.
    public func storageRoute(of repo: RepoReference) async throws -> StorageRoute {
        do {
            let commit = try await resolveCommit(repo)
            let pinned = RepoReference(type: repo.type, id: repo.id, revision: commit)
            let credentials = try await xetToken(pinned, .read)
            let seconds = credentials.expiry - ClockSkew.now
            let entries = try await tree(pinned, recursive: true) { page in page.contains { $0.xetHash != nil } }
            let file = entries.first { $0.xetHash != nil }
            var request = HTTPRequest(
                url: credentials.casURL + "/v1/reconstructions/" + String(repeating: "0", count: 64))
            request.authorize(bearer: credentials.accessToken)
            let probe = try await probing(request, over: storageTransport, endpoints: settings.endpoints)
            var route = StorageRoute(storage: probe, data: nil, file: file?.path, tokenSeconds: seconds)
            guard let hash = file?.xetHash.flatMap({ FileHash($0) }) else { return route }
            let plan = try await storage(of: pinned, .read).reconstruction(of: hash, range: 0..<1)
            if let fetch = plan.fetches.values.first?.first {
                let range = "bytes=\(fetch.bytes.lowerBound)-\(fetch.bytes.lowerBound)"
                route.data = try await probing(
                    HTTPRequest(url: fetch.url, headers: ["Range": range]), over: storageTransport,
                    endpoints: settings.endpoints)
            }
            return route
        } catch {
            throw HubError.unifying(error, endpoints: settings.endpoints)
        }
    }

    private func probing(
        _ request: HTTPRequest, over way: any HTTPTransport, endpoints: [String]
    ) async throws -> ServerProbe {
        var request = request
        request.headers.replaceOrAdd(name: "User-Agent", value: settings.userAgent)
        request.replyTimeout = .seconds(10)
        let start = ContinuousClock.now
        do {
            let response = try await way.send(request)
            let date = response.headers.first(name: "Date").flatMap { HTTPDate.seconds($0) }
            await response.discard()
            return ServerProbe(
                origin: Origin(response.answerer ?? request.url)?.description
                    ?? TransportError.withoutQuery(request.url),
                status: response.status,
                duration: .now - start, clockAhead: date.map { ClockSkew.now - $0 })
        } catch let error as TransportError {
            throw HubError(transport: error, endpoints: endpoints)
        }
    }
}
