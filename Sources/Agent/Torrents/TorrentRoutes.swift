internal import HTTPTypes
internal import HubWire
internal import Hummingbird
internal import Publish
internal import PublishWire

/// The part of the control API that is about torrents: models, transfers, discovery, the registry (docs/agent.md).
struct TorrentRoutes: Sendable {
    /// How long the DHT is asked.
    private static let patience = Duration.seconds(30)
    private static let mostFound = 1_000

    let presence: TorrentPresence
    let book: ModelBook

    private struct Told: Encodable { var message: String }

    /// - Parameters:
    ///   - segments: of the raw path, behind `/v1`.
    ///   - isAlias: whether it was asked for at `/api/v1`, where Silmaril answers.
    /// - Returns: nil for paths of others.
    func respond(to request: Request, segments: [Substring], isAlias: Bool) async throws -> Response? {
        switch segments.first {
        case "models": try await AgentFailure.answering { try await models(request, segments, isAlias) }
        case "transfers": try await AgentFailure.answering { try await transfers(request, segments) }
        case "discover" where segments.count == 1: try await AgentFailure.answering { try await discover(request) }
        case "registry" where segments == ["registry", "rescan"]:
            try await AgentFailure.answering { try await rescan(request) }
        default: nil
        }
    }

    private func host() throws(AgentFailure) -> TorrentHost {
        switch presence {
        case .there(let host): return host
        case .missing(let reason): throw .noTorrents(reason)
        }
    }

    // MARK: Models

    private struct Models: Encodable {
        var models: [ModelDocument]
        var count: Int
    }

    private func models(_ request: Request, _ segments: [Substring], _ isAlias: Bool) async throws -> Response {
        if segments.count == 1 {
            guard request.isReading else { throw AgentFailure.methodNotAllowed("GET") }
            let models = try await book.list()
            return isAlias ? .json(Models(models: models, count: models.count)) : .json(models)
        }
        if segments.count == 2, segments[1] == "download" || segments[1] == "share" {
            guard request.method == .post else { throw AgentFailure.methodNotAllowed("POST") }
            return segments[1] == "download" ? try await download(request) : try await share(request)
        }
        let name = try Self.name(in: segments.dropFirst(), request)
        if request.isReading {
            guard let detail = try await book.detail(name) else {
                throw AgentFailure.notFound("there is no \(name) on this machine")
            }
            return .json(detail)
        }
        guard request.method == .delete else { throw AgentFailure.methodNotAllowed("GET, DELETE") }
        return try await delete(name, request)
    }

    /// `org/name`, or `datasets/org/name`, with slashes encoded or not; a version stands behind `@` or in the query.
    private static func name(in segments: ArraySlice<Substring>, _ request: Request) throws(AgentFailure) -> ModelName {
        var parts: [String] = []
        for segment in segments {
            guard let part = PercentEncoding.decode(segment) else {
                throw .badRequest("the path has an escape that is none")
            }
            parts.append(part)
        }
        var name = try ModelName.asked(parts.joined(separator: "/"))
        if let version = request.query("version") {
            do throws(PublishError) {
                try ModelVersion.check(version)
            } catch {
                throw .badRequest(error.message, hint: error.hint)
            }
            name.version = version
        }
        return name
    }

    private struct Removed: Encodable {
        var message: String
        var deletedBytes: Int64

        enum CodingKeys: String, CodingKey {
            case message
            case deletedBytes = "deleted_bytes"
        }
    }

    private func delete(_ name: ModelName, _ request: Request) async throws -> Response {
        let host = try host()
        let reader = try await request.jsonMembers(of: ["delete_files"], isNeeded: false)
        let deletesFiles = try reader.truth("delete_files") ?? false
        guard let entry = try host.registry.find(name.id, version: name.version) else {
            throw AgentFailure.notFound("there is no \(name) in the registry")
        }
        if deletesFiles { try host.registry.requireOwnFiles(of: entry) }
        // The engine lets go of the files before they go.
        try await host.registry.update(entry.name) { $0.seeds = false }
        await host.desk.rescan()
        var deleted: Int64 = 0
        do {
            if deletesFiles { deleted = try await host.registry.deleteFiles(of: entry) }
        } catch {
            try await host.registry.update(entry.name) { $0.seeds = entry.seeds }
            await host.desk.rescan()
            throw error
        }
        try await host.registry.remove(entry.name)
        return .json(
            Removed(
                message: "\(entry.name) is not published any more"
                    + (deletesFiles ? ", and its files are deleted" : "; its files are where they were"),
                deletedBytes: deleted))
    }

    private struct Begun: Encodable {
        var message: String
        var transferID: String
        var modelName: String
        var infoHash: String?

        enum CodingKeys: String, CodingKey {
            case message
            case transferID = "transfer_id"
            case modelName = "model_name"
            case infoHash = "info_hash"
        }
    }

    private func download(_ request: Request) async throws -> Response {
        let host = try host()
        let order = try DownloadOrder(try await request.jsonMembers(of: DownloadOrder.members))
        return try await begin(order, host, "the download has begun")
    }

    private func begin(_ order: DownloadOrder, _ host: TorrentHost, _ message: String) async throws -> Response {
        let transfer = try await host.desk.download(order)
        return .json(
            Begun(
                message: message, transferID: transfer.id, modelName: transfer.model,
                infoHash: transfer.infoHashV1 ?? transfer.infoHashV2),
            status: .accepted, headers: [.location: "/v1/transfers/\(transfer.id)"])
    }

    // MARK: Sharing

    private struct Shared: Encodable {
        var message: String
        var modelName: String
        var version: String
        var infoHash: String?
        var magnetURI: String
        var transferID: String?

        enum CodingKeys: String, CodingKey {
            case message, version
            case modelName = "model_name"
            case infoHash = "info_hash"
            case magnetURI = "magnet_uri"
            case transferID = "transfer_id"
        }
    }

    private struct SharedAll: Encodable {
        var modelsShared: Int
        var totalModels: Int
        var warnings: [String]

        enum CodingKeys: String, CodingKey {
            case warnings
            case modelsShared = "models_shared"
            case totalModels = "total_models"
        }
    }

    private func share(_ request: Request) async throws -> Response {
        let host = try host()
        let reader = try await request.jsonMembers(of: ShareOrder.members)
        if try reader.truth("all") == true {
            for other in ["path", "model_name", "repo_url"] where reader.object[other] != nil {
                throw AgentFailure.badRequest("'all' and '\(other)' exclude each other")
            }
            return try await shareAll(host)
        }
        if let address = try reader.text("repo_url"), !address.isEmpty {
            return try await begin(
                try DownloadOrder(mirroring: address, reader), host, "the repository is being copied")
        }
        let order = try ShareOrder(reader)
        guard let sharing = host.settings.sharing else { throw AgentFailure.noTorrents("it cannot share") }
        let name = try await sharing.share(order)
        await host.desk.rescan()
        guard let entry = try host.registry.find(name.id, version: name.version) else {
            throw AgentFailure.notFound("\(name) was shared, and is gone already")
        }
        return .json(
            Shared(
                message: "\(entry.name) is shared", modelName: entry.id.text, version: entry.version,
                infoHash: (entry.hashes.v1 ?? entry.hashes.v2).map(Hex.encode), magnetURI: entry.magnet,
                transferID: await host.desk.transfer(seeding: entry.name.description)?.id))
    }

    /// Seeds again whatever the registry has.
    private func shareAll(_ host: TorrentHost) async throws -> Response {
        let listing = try host.registry.list()
        for entry in listing.entries where !entry.seeds {
            try await host.registry.update(entry.name) { $0.seeds = true }
        }
        await host.desk.rescan()
        var (shared, warnings) = (0, listing.faults)
        for entry in listing.entries {
            let transfer = await host.desk.transfer(seeding: entry.name.description)
            if let transfer, transfer.status != .failed { shared += 1 }
            if let error = transfer?.error { warnings.append("\(entry.name): \(error)") }
        }
        return .json(SharedAll(modelsShared: shared, totalModels: listing.entries.count, warnings: warnings))
    }

    // MARK: Transfers

    private struct Transfers: Encodable {
        var transfers: [TorrentTransfer]
        var count: Int
    }

    private struct Changed: Encodable {
        var message: String
        var transfer: TorrentTransfer
    }

    private func transfers(_ request: Request, _ segments: [Substring]) async throws -> Response {
        let host = try host()
        if segments.count == 1 {
            guard request.isReading else { throw AgentFailure.methodNotAllowed("GET") }
            var status: TorrentTransfer.Status?
            if let text = request.query("status"), !text.isEmpty {
                status = TorrentTransfer.Status(rawValue: text)
                guard status != nil else {
                    let known = TorrentTransfer.Status.allCases.map(\.rawValue).joined(separator: ", ")
                    throw AgentFailure.badRequest("'status' is one of \(known)")
                }
            }
            let transfers = await host.desk.transfers(status)
            return .json(Transfers(transfers: transfers, count: transfers.count))
        }
        guard let id = PercentEncoding.decode(segments[1]), let transfer = await host.desk.transfer(id) else {
            throw AgentFailure.notFound("there is no transfer '\(segments[1])'")
        }
        if segments.count == 2 {
            if request.isReading { return .json(transfer) }
            guard request.method == .delete else { throw AgentFailure.methodNotAllowed("GET, DELETE") }
            return .json(Changed(message: "the transfer is cancelled", transfer: try await host.desk.cancel(id)))
        }
        guard segments.count == 3, segments[2] == "pause" || segments[2] == "resume" else {
            throw AgentFailure.notFound("there is nothing at \(request.uri.path)")
        }
        guard request.method == .put || request.method == .post else {
            throw AgentFailure.methodNotAllowed("PUT, POST")
        }
        return segments[2] == "pause"
            ? .json(Changed(message: "the transfer is paused", transfer: try await host.desk.pause(id)))
            : .json(Changed(message: "the transfer goes on", transfer: try await host.desk.resume(id)))
    }

    // MARK: The rest

    private func discover(_ request: Request) async throws -> Response {
        guard request.isReading else { throw AgentFailure.methodNotAllowed("GET") }
        let host = try host()
        guard let directory = host.directory else { throw AgentFailure.noTorrents("it discovers nothing") }
        let pattern = request.query("pattern") ?? "*"
        guard pattern.utf8.count <= 512 else { throw AgentFailure.badRequest("'pattern' has more than 512 bytes") }
        let found = try await directory.search(pattern, atMost: Self.mostFound, patience: Self.patience)
        return .json(DiscoveryDocument(pattern: pattern, found: found))
    }

    private struct Rescanned: Encodable {
        var message: String
        var models: Int
        var seeding: Int
    }

    private func rescan(_ request: Request) async throws -> Response {
        guard request.method == .post else { throw AgentFailure.methodNotAllowed("POST") }
        let host = try host()
        await host.desk.rescan()
        let seeds = await host.desk.transfers().filter { $0.kind == .seed && !$0.status.isOver }
        return .json(
            Rescanned(
                message: "the registry was read", models: try host.registry.list().entries.count,
                seeding: seeds.count { $0.status == .active }))
    }
}

extension Request {
    var isReading: Bool { method == .get || method == .head }

    /// A value of the query, decoded.
    func query(_ name: String) -> String? { uri.queryParameters[Substring(name)].map(String.init) }
}
