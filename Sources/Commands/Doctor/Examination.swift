internal import HubClient
internal import HubWire
internal import Terminal
internal import Transport

/// The checks of `shoal doctor`, one after the other; each says what it found and what may help.
struct Examination {
    enum Finding: String, Encodable { case ok, warning, failed, skipped }

    struct Check: Encodable {
        var name: String
        var finding: Finding
        var detail: String
        var hint: String?
        /// The code of the error, as in `docs/errors.md`.
        var code: String?
    }

    private(set) var checks: [Check] = []
    private let settings: HubSettings
    /// Told of each check when it is known.
    private let report: @Sendable (Check) -> Void
    /// The endpoints that have answered, in their order.
    private var answering: [String] = []

    /// How long one question may take, and how long the questions about the storage together.
    private static let patience = (one: Duration.seconds(10), storage: Duration.seconds(30))

    init(_ settings: HubSettings, report: @escaping @Sendable (Check) -> Void = { _ in }) {
        self.settings = settings
        self.report = report
    }

    var hasFailed: Bool { checks.contains { $0.finding == .failed } }

    mutating func examineDisk() {
        for (name, path) in [("cache", settings.cacheDirectory), ("state", Environment.stateDirectory)] {
            let facts = FolderFacts(trying: path)
            if let problem = facts.problem {
                add(name, .failed, problem, "choose another folder, or mend its rights", code: "no_permission")
                continue
            }
            var lacks: [String] = []
            if !facts.hasLinks { lacks.append("no links (files of several revisions take their room several times)") }
            if !facts.hasLocks { lacks.append("no locks (two programs at once may fetch the same bytes)") }
            if !facts.hasHoles { lacks.append("no holes") }
            let room = facts.freeBytes.map { ByteText.size($0) + " free" } ?? "room unknown"
            let isTight = (facts.freeBytes ?? .max) < 1 << 30
            add(
                name, isTight || !lacks.isEmpty ? .warning : .ok,
                "\(path): writable, \(room)" + lacks.map { ", " + $0 }.joined())
        }
    }

    /// Asks each endpoint for itself.
    /// - Parameter hub: one that asks no other in an endpoint's place.
    mutating func examineEndpoints(_ hub: Hub) async {
        guard !settings.isOffline else {
            return add("hub", .skipped, "the network is switched off by \(settings.offlineSetting)")
        }
        for endpoint in settings.endpoints { await examine(endpoint, hub) }
    }

    /// Goes the way of a pull.
    mutating func examineWay(_ hub: Hub, repo: RepoReference?) async {
        guard !settings.isOffline else { return }
        guard !answering.isEmpty else {
            for name in ["token", "storage"] { add(name, .skipped, "no hub answers") }
            return
        }
        await examineToken(hub)
        await examineStorage(hub, repo: repo)
    }

    /// What the status of a reply says about who gave it.
    struct Verdict: Equatable {
        var finding: Finding
        var hint: String?

        /// A hub that was asked for a list of models.
        init(hub status: Int) {
            switch status {
            case 200..<300: self.init(.ok)
            case 401, 403: self.init(.warning, "the hub lists nothing for this token")
            case 429: self.init(.warning, "the hub has had too many requests; wait")
            case 500...: self.init(.failed, "the hub is not well; tell who runs it")
            default: self.init(.warning, "this may be no hub; look at the address")
            }
        }

        /// A storage that was asked for a file that it cannot have.
        init(storage status: Int) {
            switch status {
            case 404, 400, 200..<300: self.init(.ok)
            case 401, 403: self.init(.failed, "the storage refuses the token that the hub gives out for it")
            case 429: self.init(.warning, "the storage has had too many requests; wait")
            case 500...: self.init(.failed, "the storage is not well; tell who runs it")
            default: self.init(.warning, "this may be no storage; look at the proxy and at mirrors")
            }
        }

        private init(_ finding: Finding, _ hint: String? = nil) { (self.finding, self.hint) = (finding, hint) }
    }

    private mutating func examine(_ endpoint: String, _ hub: Hub) async {
        do {
            let probe = try await hub.probe(endpoint)
            if probe.status < 500 { answering.append(endpoint) }
            let time = "\(DurationText.milliseconds(of: probe.duration)) ms"
            let verdict = Verdict(hub: probe.status)
            add("hub", verdict.finding, "\(probe.origin) answers \(probe.status) after \(time)", verdict.hint)
            guard let ahead = probe.clockAhead else { return }
            if abs(ahead) > 300 {
                add(
                    "clock", .failed,
                    "this machine is \(abs(ahead)) s \(ahead > 0 ? "ahead of" : "behind") \(probe.origin)",
                    "set the clock of this machine", code: "clock_wrong")
            } else {
                add("clock", .ok, "within \(abs(ahead)) s of \(probe.origin)")
            }
        } catch {
            add("hub", error)
        }
    }

    private mutating func examineToken(_ hub: Hub) async {
        guard settings.token != nil || Environment["HF_OIDC_RESOURCE"] != nil else {
            return add("token", .skipped, "nobody is logged in")
        }
        do {
            let name = try await Self.within(Self.patience.one, settings) { try await hub.whoAmI().name }
            add("token", .ok, "\(name) at \(answering.first ?? settings.endpoint)")
        } catch {
            add("token", error)
        }
    }

    private mutating func examineStorage(_ hub: Hub, repo: RepoReference?) async {
        do {
            let found = try await Self.within(Self.patience.storage, settings) { try await Self.route(hub, repo: repo) }
            guard let (subject, route) = found else {
                return add("storage", .skipped, "there is no repository to look at; name one")
            }
            let time = "\(DurationText.milliseconds(of: route.storage.duration)) ms"
            let socket = settings.network.storageSocket.map { " over \($0)" } ?? ""
            let verdict = Verdict(storage: route.storage.status)
            add(
                "storage", verdict.finding,
                "\(route.storage.origin)\(socket) answers \(route.storage.status) after \(time), its token is good for "
                    + "\(route.tokenSeconds) s", verdict.hint)
            if let data = route.data {
                let isRight = data.status == 206 || data.status == 200
                add(
                    "data", isRight ? .ok : .failed,
                    "\(data.origin) answers \(data.status) with bytes of \(route.file ?? "")",
                    isRight ? nil : "the storage gives out addresses that cannot be used")
            } else {
                add("data", .skipped, "\(subject) has no file in the Xet storage")
            }
        } catch {
            add("storage", error)
        }
    }

    /// The way to the bytes of a repository; of none in particular, the first of a few that has a file in the Xet storage.
    private static func route(_ hub: Hub, repo: RepoReference?) async throws -> (RepoReference, StorageRoute)? {
        if let repo { return (repo, try await hub.storageRoute(of: repo)) }
        var second: (RepoReference, StorageRoute)?
        var failure: (any Error)?
        for type in [RepoType.model, .dataset] {
            for subject in try await hub.someRepositories(type) {
                do {
                    let route = try await hub.storageRoute(of: subject)
                    if route.data != nil { return (subject, route) }
                    second = second ?? (subject, route)
                } catch let error as HubError
                    where [.gated, .disabled, .repoNotFound, .forbidden].contains(error.code)
                {
                    // Of this repository only; another may do.
                    failure = failure ?? error
                }
            }
        }
        if let failure, second == nil { throw failure }
        return second
    }

    private static func within<Result: Sendable>(
        _ limit: Duration, _ settings: HubSettings, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withDeadline(
            limit,
            {
                TransportError(
                    code: .timedOut, message: "no answer within \(limit.components.seconds) s", url: settings.endpoint)
            }, body)
    }

    private mutating func add(_ name: String, _ error: any Error) {
        guard !Task.isCancelled else { return add(name, .skipped, "stopped before it was known") }
        let failure = CommandFailure(describing: error)
        add(
            name, .failed, FailureReport.clause(failure.message), failure.hint.map(FailureReport.clause),
            code: failure.code)
    }

    private mutating func add(
        _ name: String, _ finding: Finding, _ detail: String, _ hint: String? = nil, code: String? = nil
    ) {
        let check = Check(name: name, finding: finding, detail: detail, hint: hint, code: code)
        checks.append(check)
        report(check)
    }
}
