internal import HubWire
internal import Logging
internal import NIOHTTP1
internal import Transfer
internal import Transport
package import XetClient

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Hub {
    /// What a token for the content-addressed storage allows.
    enum XetAccess: String, Sendable { case read, write }

    /// Opens the storage behind a repository; tokens are fetched when needed, and one serves all files.
    /// - Parameter repo: its revision should be a commit for reading, so that one token serves a whole snapshot.
    /// - Parameter forPullRequest: whether the content is for a pull request that is yet to be opened.
    func storage(of repo: RepoReference, _ access: XetAccess, forPullRequest: Bool = false) -> CASClient {
        let tokens = CachingTokenProvider(
            now: { Int64(time(nil)) },
            fetch: { [self] in try await xetToken(repo, access, forPullRequest: forPullRequest) },
            elsewhere: { [self] dead in access == .read ? try await xetToken(repo, avoiding: dead) : nil })
        // A pull repeats whole rounds, and has plain HTTP to fall back on: it need not insist on each request.
        var policy = engine.settings.retries
        if access == .read { policy.retries = min(policy.retries, 2) }
        return CASClient(
            transport: storageTransport, tokens: tokens, sessionID: Hub.makeSessionID(), userAgent: settings.userAgent,
            retryPolicy: policy)
    }

    /// Whether large files go over Xet; costs the request for a token, unless the storage has one.
    func offersXet(_ storage: CASClient) async throws -> Bool {
        guard !settings.disablesXet else { return false }
        do {
            _ = try await storage.location()
            return true
        } catch let error as HubError where error.code == .notAHub && [404, 405, 501].contains(error.status) {
            return false
        }
    }

    /// Opens the storage behind a repository for reading.
    /// - Parameter repo: its revision should be a commit.
    package func readStorage(of repo: RepoReference) -> CASClient { storage(of: repo, .read) }

    /// The way to the storage and its data: a socket of this machine, or the way to everything.
    var storageTransport: any HTTPTransport {
        settings.network.storageSocket.map { UnixSocketTransport(transport, path: $0) } ?? transport
    }

    /// Asks for a token once. Hubs fill the headers, the JSON body, or both (hub-api §1.9).
    func xetToken(
        _ repo: RepoReference, _ access: XetAccess, forPullRequest: Bool = false, at endpoint: String? = nil
    ) async throws -> CASCredentials {
        let reply = try await send(
            HubRequest(
                target: "\(endpoint ?? "")\(repo.apiPath)/xet-\(access.rawValue)-token/\(repo.revisionSegment)"
                    + (forPullRequest ? "?create_pr=1" : ""), patience: .full,
                subject: subject(repo, isWrite: access == .write)))
        let token: XetTokenReply
        if let url = reply.headers.first(name: HubHeader.xetCASURL),
            let value = reply.headers.first(name: HubHeader.xetAccessToken),
            let expiry = reply.headers.first(name: HubHeader.xetTokenExpiration).flatMap({ Int64($0) })
        {
            token = XetTokenReply(casUrl: url, accessToken: value, exp: expiry)
        } else {
            token = try reply.decoded(XetTokenReply.self)
        }
        guard Origin(token.casUrl) != nil else {
            throw HubError(.notAHub, "\(settings.endpoint) names no usable address of its Xet storage.")
        }
        return CASCredentials(casURL: token.casUrl, accessToken: token.accessToken, expiry: token.exp)
    }

    /// Asks the hub's other endpoints for a storage that is none of those that cannot be used.
    /// - Returns: nil when there is no other.
    private func xetToken(_ repo: RepoReference, avoiding dead: Set<String>) async throws -> CASCredentials? {
        for endpoint in settings.endpoints {
            do {
                let found = try await xetToken(repo, .read, at: endpoint)
                if !dead.contains(found.casURL) { return found }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.info("no storage", metadata: ["endpoint": "\(endpoint)", "reason": "\(error)"])
            }
        }
        return nil
    }

    /// A random UUID (version 4) in its usual text form.
    private static func makeSessionID() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let groups = [bytes[0..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10..<16]]
        return groups.map { Hex.encode($0) }.joined(separator: "-")
    }
}
