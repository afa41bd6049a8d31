internal import HubClient
internal import HubWire

/// The body of `POST /v1/pull` (docs/agent.md).
struct PullOrder: Sendable {
    /// Which token the hub gets.
    enum Identity: Sendable { case own, nobody, token(String) }

    var repo: RepoReference
    var files: [String] = []
    var include: [String] = []
    var exclude: [String] = []
    var localDirectory: String?
    var cacheDirectory: String?
    var identity = Identity.own
    var endpoint: String?
    var isForced = false
    var filesAtOnce: Int?

    private static let members: Set<String> = [
        "repo", "type", "revision", "files", "include", "allow_patterns", "exclude", "ignore_patterns", "local_dir",
        "cache_dir", "token", "endpoint", "force", "max_workers",
    ]

    /// - Throws: ``AgentFailure`` with code `bad_request`.
    init(_ body: [UInt8]) throws(AgentFailure) {
        let reader = try MemberReader(json: body, members: Self.members)
        guard let name = try reader.text("repo"), !name.isEmpty else { throw .badRequest("'repo' is missing") }
        do throws(HubError) {
            repo = try RepoReference(parsing: name)
        } catch {
            throw .badRequest(error.message, hint: error.hint)
        }
        if let type = try reader.text("type") {
            guard let known = RepoType(rawValue: type) else {
                throw .badRequest("'type' is model, dataset or space, not '\(type)'")
            }
            repo.type = known
        }
        if let revision = try reader.text("revision") { repo.revision = revision }
        files = try reader.texts("files")
        include = try reader.texts("include") + reader.texts("allow_patterns")
        exclude = try reader.texts("exclude") + reader.texts("ignore_patterns")
        localDirectory = try reader.folder("local_dir")
        cacheDirectory = try reader.folder("cache_dir")
        isForced = try reader.truth("force") ?? false
        if let count = try reader.number("max_workers") { filesAtOnce = min(max(count, 1), 64) }
        switch reader.object["token"] {
        case nil, .null, .bool(true): break
        case .bool(false): identity = .nobody
        case .string(let token):
            guard let cleaned = HubSettings.cleaned(token: token) else { throw .badRequest("'token' is empty") }
            identity = .token(cleaned)
        default: throw .badRequest("'token' is a string or false")
        }
        if let address = try reader.text("endpoint") {
            guard address.hasPrefix("http://") || address.hasPrefix("https://"),
                let first = HubSettings.endpoints(in: address).first
            else { throw .badRequest("'endpoint' is not an http or https address") }
            endpoint = first
        }
    }
}

/// Members of an object by their types; null counts as missing.
struct MemberReader {
    var object: [String: JSONValue]

    private func value(_ name: String) -> JSONValue? { object[name].flatMap { $0 == .null ? nil : $0 } }

    func text(_ name: String) throws(AgentFailure) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { throw .badRequest("'\(name)' is not a string") }
        return text
    }

    func folder(_ name: String) throws(AgentFailure) -> String? {
        guard let path = try text(name) else { return nil }
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw .badRequest("'\(name)' is not an absolute path")
        }
        return path
    }

    func truth(_ name: String) throws(AgentFailure) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let truth) = value else { throw .badRequest("'\(name)' is not true or false") }
        return truth
    }

    func number(_ name: String) throws(AgentFailure) -> Int? {
        guard let value = value(name) else { return nil }
        guard case .integer(let number) = value else { throw .badRequest("'\(name)' is not a whole number") }
        return Int(clamping: number)
    }

    /// One string, or a list of them.
    func texts(_ name: String) throws(AgentFailure) -> [String] {
        switch value(name) {
        case nil: return []
        case .string(let text): return [text]
        case .array(let values):
            let texts = values.compactMap(\.text)
            guard texts.count == values.count else { throw .badRequest("'\(name)' is not a list of strings") }
            return texts
        default: throw .badRequest("'\(name)' is not a list of strings")
        }
    }
}
