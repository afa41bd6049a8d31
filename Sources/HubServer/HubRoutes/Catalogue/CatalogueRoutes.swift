import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// Lists and searches of repositories (hub-api §1.5, §1.6); none shows what the caller may not see.
struct CatalogueRoutes: Sendable {
    let services: ServerServices

    private static let entriesPerPage = 1000
    /// Entries that name all their files are larger.
    private static let fullEntriesPerPage = 100
    private static let quickResults = 20
    /// A search looks at so many words and tags; more than that narrow nothing down.
    private static let maximumTerms = 32

    func list(_ request: HubRequest, _ type: RepoType) async throws -> Response {
        let query = try Self.query(request, type)
        let fields = Self.fields(request.query)
        let largest = fields.contains("siblings") ? Self.fullEntriesPerPage : Self.entriesPerPage
        let limit = min(max(1, request.query["limit"].flatMap { Int($0) } ?? largest), largest)
        let cursor = try Self.cursor(request)
        // No model runs on a hub, so none answers inference.
        let wantsInference = !request.query.all("inference").isEmpty || !request.query.all("inference_provider").isEmpty
        guard !wantsInference else { return try .json([JSONValue]()) }
        let (entries, next) = try await services.database.pool.read { db in
            let (repos, next) = try query.page(after: cursor, limit: limit, in: db)
            let entries = try repos.map { repo in
                let store = GitStore(repo: repo.id, db: db)
                return try RepoDescription(
                    repo, at: store.resolve("main"), fields: fields, withBlobs: false, in: store
                ).json
            }
            return (entries, next)
        }
        return try .json(entries, headers: next.map { request.link(replacing: "cursor", with: "\($0)") } ?? [:])
    }

    private static func cursor(_ request: HubRequest) throws(HubFailure) -> CatalogueQuery.Cursor? {
        guard let text = request.query["cursor"] else { return nil }
        guard let cursor = CatalogueQuery.Cursor(text) else {
            throw .badRequest("The cursor is not one of this hub's")
        }
        return cursor
    }

    private static func query(_ request: HubRequest, _ type: RepoType) throws(HubFailure) -> CatalogueQuery {
        let form = request.query
        var query = CatalogueQuery(type: type, caller: request.caller, namespace: form["author"])
        query.search = words(form["search"])
        query.tags = form.all("filter").flatMap { $0.split(separator: ",").map(String.init) }
        query.tags += form.all("datasets").map { "dataset:\($0)" } + form.all("models").map { "model:\($0)" }
        guard query.tags.count <= maximumTerms else {
            throw .badRequest("At most \(maximumTerms) tags may be asked for at once")
        }
        query.pipelineTag = form["pipeline_tag"]
        if form["gated"] != nil { query.isGated = form.flag("gated") }
        query.isAscending = form["direction"] == "1"
        switch form["sort"] {
        case nil, "lastModified", "last_modified": query.sort = .lastModified
        case "createdAt", "created_at": query.sort = .createdAt
        case "downloads", "trendingScore", "trending_score", "likes": query.sort = .downloads
        case .some(let other): throw .badRequest("Repositories cannot be sorted by \"\(other)\"")
        }
        return query
    }

    private static func words(_ text: String?) -> [String] {
        (text ?? "").split(separator: " ").prefix(maximumTerms).map(String.init)
    }

    private static func fields(_ form: FormQuery) -> Set<String> {
        let expanded = form.all("expand") + form.all("expand[]")
        guard expanded.isEmpty else { return Set(expanded) }
        var fields = RepoDescription.brief
        if form.flag("full") { fields.formUnion(["sha", "disabled", "siblings"]) }
        if form.flag("full") || form.flag("cardData") { fields.insert("cardData") }
        if form.flag("config") { fields.insert("config") }
        return fields
    }

    /// The repositories of the caller, or of an organisation that the caller belongs to, with what they take up.
    func own(_ request: HubRequest, namespace: String?) async throws -> Response {
        let user = try request.user()
        let namespace = namespace ?? user.name
        guard user.standing(in: namespace) >= .read else {
            throw HubFailure(.forbidden, "\(user.name) does not belong to \"\(namespace)\"")
        }
        let cursor = try Self.cursor(request)
        let (entries, next) = try await services.database.pool.read { db in
            var query = CatalogueQuery(type: nil, caller: request.caller, namespace: namespace)
            query.sort = .createdAt
            let (repos, next) = try query.page(after: cursor, limit: Self.entriesPerPage, in: db)
            let sizes = try repos.map { try RepoCard.usedStorage(of: $0.id, in: db) }
            let total = max(1, try RepoCard.usedStorage(ofNamespace: namespace, in: db))
            let entries = zip(repos, sizes).map { repo, size -> JSONValue in
                [
                    "_id": .string(String(repo.id, radix: 16)), "id": .string(repo.fullName),
                    "type": .string(repo.type.rawValue), "visibility": repo.isPrivate ? "private" : "public",
                    "updatedAt": .string(HubDate.text(milliseconds: repo.modifiedAt)), "storage": .integer(size),
                    "storagePercent": .number(Double(size) / Double(total) * 100),
                ]
            }
            return (entries, next)
        }
        return try .json(entries, headers: next.map { request.link(replacing: "cursor", with: "\($0)") } ?? [:])
    }

    /// A few names of each type that hold all the words.
    func quickSearch(_ request: HubRequest) async throws -> Response {
        let words = Self.words(request.query["q"])
        let limit = min(max(1, request.query["limit"].flatMap { Int($0) } ?? 5), Self.quickResults)
        let asked = request.query.all("type").compactMap(RepoType.init(rawValue:))
        let types = asked.isEmpty ? RepoType.allCases : asked
        let reply = try await services.database.pool.read { db in
            var reply: [String: JSONValue] = ["q": .string(words.joined(separator: " "))]
            for type in types {
                var query = CatalogueQuery(type: type, caller: request.caller)
                query.search = words
                query.sort = .downloads
                reply["\(type.plural)Count"] = .integer(Int64(try query.count(in: db)))
                reply[type.plural] = .array(
                    try query.page(after: nil, limit: limit, in: db).repos.map { repo in
                        ["_id": .string(String(repo.id, radix: 16)), "id": .string(repo.fullName)]
                    })
            }
            return JSONValue.object(reply)
        }
        return try .json(reply)
    }
}
