internal import HTTPTypes
internal import HubClient
internal import HubWire
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import Transport

/// Serves repositories of GGUF files to clients of container registries: `ollama pull HOST/NS/REPO:QUANT`, and older
/// builds of llama.cpp. The weights are the repositories' own files, for their SHA-256 is their digest there too.
struct RegistryRoutes: Sendable {
    /// Bytes of a GGUF file in which its description stands.
    private static let headerBytes: UInt64 = 1 << 20

    let upstream: UpstreamHub
    let resolve: ResolveRoute
    let shelf: OfflineShelf
    let hubs: HubFactory
    let book = RegistryBook()

    func respond(to request: Request, _ target: RegistryTarget) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return RegistryFailure(status: .methodNotAllowed, code: "UNSUPPORTED", message: "nothing is taken here")
                .response
        }
        do {
            switch target {
            case .root:
                var response = Response.json([String: String]())
                response.headers[.own("Docker-Distribution-Api-Version")] = "registry/2.0"
                return response
            case .manifest(let repo, let tag): return try await manifest(request, repo, tag: tag)
            case .blob(let repo, let digest): return try await blob(request, repo, digest)
            }
        } catch let failure as RegistryFailure {
            return failure.response
        } catch let failure as AgentFailure {
            return RegistryFailure(failure).response
        } catch let error as HubError {
            return RegistryFailure(error).response
        }
    }

    // MARK: Manifests

    private func manifest(_ request: Request, _ repo: RepoID, tag: String) async throws -> Response {
        // A hub that is a registry itself knows more: it makes templates.
        let theirs = try await theirs(request) { $0 == 200 || $0 == 401 }
        if case .answer(let response) = theirs { return response }
        let namesFiles = request.headers[.userAgent]?.lowercased().hasPrefix("llama-cpp") == true
        let made = try await make(
            repo, tag: tag, for: Caller(request), isAway: theirs.isAway, namesFiles: namesFiles)
        return Response(
            status: .ok,
            headers: [
                .contentType: namesFiles ? "application/json" : RegistryManifest.mediaType,
                .own("Docker-Content-Digest"): "sha256:" + RegistryManifest.digest(made.bytes),
                .cacheControl: "no-store",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: made.bytes)))
    }

    private enum Theirs {
        case answer(Response)
        case nothing
        case away

        var isAway: Bool { if case .away = self { true } else { false } }
    }

    /// The upstream hub's own answer, if it has one of some statuses.
    private func theirs(_ request: Request, accepting isFine: (Int) -> Bool) async throws -> Theirs {
        let reply: Transport.HTTPResponse
        do {
            reply = try await upstream.ask(request, method: request.method, target: request.head.path ?? "/")
        } catch is UpstreamAbsent {
            return .away
        }
        // Pages of websites are no answers, nor is a refusal that names no place to get a token.
        let isPage = reply.headers.first(name: "Content-Type")?.lowercased().contains("html") == true
        guard isFine(reply.status), !isPage, reply.status != 401 || reply.headers.contains(name: "WWW-Authenticate")
        else {
            await reply.discard()
            return .nothing
        }
        return .answer(try await upstream.pass(reply, isHead: request.method == .head))
    }

    private func make(
        _ repo: RepoID, tag: String, for caller: Caller, isAway: Bool, namesFiles: Bool = false
    ) async throws -> RegistryManifest {
        let source = try await source(repo, for: caller, isAway: isAway)
        let choice = try GGUFChoice(source.files, tag: tag)
        var texts: [String: [UInt8]] = [:]
        for file in [choice.template, choice.system, choice.parameters, choice.licence].compactMap(\.self) {
            texts[file.path] = try await source.read(file, file.size)
        }
        let start = try await source.read(choice.model, min(choice.model.size, Self.headerBytes))
        let made = RegistryManifest(
            choice, texts: texts, header: try? GGUFHeader(parsing: start), namesFiles: namesFiles)
        book.note(made.blobs, of: repo)
        return made
    }

    /// What a repository has, and the beginnings of its files.
    struct Source: Sendable {
        var files: [RepoFile]
        var read: @Sendable (_ file: RepoFile, _ count: UInt64) async throws -> [UInt8]
    }

    /// The repository as the upstream hub shows it to a caller, or a cache while the hub is away.
    private func source(_ repo: RepoID, for caller: Caller, isAway: Bool) async throws -> Source {
        // By its branch: what is at a commit is read from the cache without a question who asks.
        let reference = RepoReference(type: .model, id: repo, revision: "main")
        guard !isAway else { return try await cached(reference, for: caller) }
        let hub = hubs.hub(token: caller.token)
        do {
            let files = try await hub.listFiles(of: reference)
            book.note(files, of: repo, for: caller)
            return Source(files: files) { file, count in
                Array(try await hub.openFile(file.path, of: reference).read(0..<count).readableBytesView)
            }
        } catch let error as HubError where error.code.isAbsence {
            return try await cached(reference, for: caller)
        }
    }

    private func cached(_ repo: RepoReference, for caller: Caller) async throws -> Source {
        guard let source = await shelf.source(of: repo, for: caller) else {
            throw RegistryFailure(
                status: .gatewayTimeout, code: "UNAVAILABLE",
                message: "the hub does not answer, and the model is not here")
        }
        return source
    }

    // MARK: Blobs

    private func blob(_ request: Request, _ repo: RepoID, _ digest: String) async throws -> Response {
        if let found = try await find(digest, of: repo, for: Caller(request)),
            let response = try await serve(found, digest, of: repo, to: request)
        {
            return response
        }
        let theirs = try await theirs(request) { $0 < 500 && $0 != 404 }
        if case .answer(let response) = theirs { return response }
        // What was made for a manifest before this process began.
        _ = try await make(repo, tag: "latest", for: Caller(request), isAway: theirs.isAway)
        guard let found = book.blob(digest, of: repo),
            let response = try await serve(found, digest, of: repo, to: request)
        else { throw RegistryFailure.noBlob }
        return response
    }

    private func find(_ digest: String, of repo: RepoID, for caller: Caller) async throws -> RegistryManifest.Blob? {
        if let known = book.blob(digest, of: repo) { return known }
        let files: [RepoFile]
        if let known = book.listing(of: repo, for: caller) {
            files = known
        } else {
            do {
                files = try await source(repo, for: caller, isAway: upstream.board.isUpstreamReachable == false).files
            } catch is HubError {
                // Somebody who is known to the registry of the upstream hub alone.
                return nil
            }
        }
        guard let file = files.first(where: { $0.sha256 == digest }) else { return nil }
        let blob = RegistryManifest.Blob(path: file.path)
        book.note([digest: blob], of: repo)
        return blob
    }

    /// - Returns: nil when the file has another content by now.
    private func serve(
        _ blob: RegistryManifest.Blob, _ digest: String, of repo: RepoID, to request: Request
    ) async throws -> Response? {
        let path = "/\(repo)/resolve/main/\(PercentEncoding.encode(path: blob.path))"
        let response = try await file(at: path, for: request, factsAlone: blob.bytes != nil)
        if let bytes = blob.bytes { return Self.answer(bytes, digest, to: request) }
        guard response.headers[.own(HubHeader.linkedETag)]?.contains(digest) ?? true else { return nil }
        var answer = response
        answer.headers[.own("Docker-Content-Digest")] = "sha256:" + digest
        return answer
    }

    /// A file of a repository, wherever that has moved.
    /// - Parameter factsAlone: whether the bytes are not needed: who may have a file may have what was made of it.
    /// - Throws: ``RegistryFailure`` where the hub gives nothing.
    private func file(at path: String, for request: Request, factsAlone: Bool) async throws -> Response {
        var path = path
        for _ in 0..<4 {
            let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            guard let target = ResolveTarget(segments) else { throw RegistryFailure.noBlob }
            var head = request.head
            head.path = path
            if factsAlone { head.method = .head }
            let asked = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
            let response = try await resolve.respond(to: asked, target: target, checksAll: true)
            if response.status.kind == .redirection, let location = response.headers[.location], location != path {
                path = location
                continue
            }
            guard response.status.kind == .successful || response.status == .rangeNotSatisfiable else {
                throw RegistryFailure(
                    status: response.status == .unauthorized ? .notFound : response.status, code: "BLOB_UNKNOWN",
                    message: response.headers[.own("X-Error-Message")] ?? "the hub does not give it")
            }
            return response
        }
        throw RegistryFailure.noBlob
    }

    private static func answer(_ bytes: [UInt8], _ digest: String, to request: Request) -> Response {
        var fields: HTTPFields = [
            .contentType: "application/octet-stream", .acceptRanges: "bytes",
            .own("Docker-Content-Digest"): "sha256:" + digest,
        ]
        var status = HTTPTypes.HTTPResponse.Status.ok
        var part = 0..<bytes.count
        switch request.method == .get ? RangeHeader(request.headers[.range], size: UInt64(bytes.count)) : .whole {
        case .whole: break
        case .part(let range):
            part = Int(range.lowerBound)..<Int(range.upperBound)
            status = .partialContent
            fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)"
        case .unsatisfiable:
            fields[.contentRange] = "bytes */\(bytes.count)"
            return Response(status: .rangeNotSatisfiable, headers: fields)
        }
        return Response(
            status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes[part])))
    }
}
