/// How many requests of each kind one token, or one address without a token, may make in a window of time.
public struct RateLimits: Sendable, Equatable {
    /// Seconds.
    public var window = 300
    var user: [RouteClass: Int]
    var anonymous: [RouteClass: Int]

    /// Generous enough for every client that behaves, and no limit on bulk bytes, which signed URLs limit already.
    public static let standard = RateLimits(
        user: [.api: 5_000, .resolve: 50_000, .upload: 50_000, .pages: 3_000, .tracker: 10_000],
        anonymous: [.api: 3_000, .resolve: 30_000, .upload: 3_000, .pages: 3_000, .tracker: 10_000])

    /// No limits at all.
    public static let off = RateLimits(user: [:], anonymous: [:])

    /// The names that ``set(_:)`` takes.
    public static let names = ["api", "resolve", "upload", "data", "pages", "tracker"]

    /// Reads limits as a command line gives them: `off` alone, or changes to the standard limits, such as
    /// `api=1000`, `anonymous-api=200`, `data=0` (no limit) or `window=60`.
    ///
    /// - Throws: ``HubServerError`` when a setting cannot be read.
    public init(settings: [String]) throws(HubServerError) {
        guard settings != ["off"] else {
            self = .off
            return
        }
        self = .standard
        for setting in settings { try set(setting) }
    }

    init(user: [RouteClass: Int], anonymous: [RouteClass: Int]) {
        self.user = user
        self.anonymous = anonymous
    }

    private mutating func set(_ setting: String) throws(HubServerError) {
        let halves = setting.split(separator: "=", maxSplits: 1)
        guard halves.count == 2, let value = Int(halves[1]), value >= 0 else { throw Self.malformed(setting) }
        if halves[0] == "window" {
            guard (1...86_400).contains(value) else { throw Self.malformed(setting) }
            window = value
            return
        }
        let isAnonymous = halves[0].hasPrefix("anonymous-")
        let name = String(isAnonymous ? halves[0].dropFirst("anonymous-".count) : halves[0])
        guard Self.names.contains(name), let route = RouteClass(rawValue: name) else { throw Self.malformed(setting) }
        anonymous[route] = value
        if !isAnonymous { user[route] = value }
    }

    private static func malformed(_ setting: String) -> HubServerError {
        HubServerError(
            code: .invalidRateLimit, message: "'\(setting)' is not a rate limit",
            hint: "give off, window=SECONDS, or NAME=REQUESTS or anonymous-NAME=REQUESTS with a name of "
                + names.joined(separator: ", "))
    }

    /// Requests in a window; nil where there is no limit.
    func quota(_ route: RouteClass, isAnonymous: Bool) -> Int? {
        let quota = isAnonymous ? anonymous[route] : user[route]
        return quota == 0 ? nil : quota
    }
}
