/// Where a CAS is and what opens it.
public struct CASCredentials: Sendable, Hashable {
    /// Base URL without a trailing slash.
    public var casURL: String
    public var accessToken: String
    /// Unix seconds.
    public var expiry: Int64

    public init(casURL: String, accessToken: String, expiry: Int64) {
        var url = casURL
        while url.hasSuffix("/") { url.removeLast() }
        self.casURL = url
        self.accessToken = accessToken
        self.expiry = expiry
    }
}

/// Gives out CAS credentials that are still good, fetching new ones when they are about to expire.
public protocol CASTokenProvider: Sendable {
    /// - Parameter rejected: an access token that the CAS refused; a new one must be fetched if it is still the
    ///   current one.
    func credentials(rejecting rejected: String?) async throws -> CASCredentials

    /// Looks for another CAS with the same content.
    /// - Parameter unreachable: where the CAS is that cannot be used.
    /// - Returns: whether ``credentials(rejecting:)`` now gives out those of another one.
    func leave(_ unreachable: String) async throws -> Bool
}

extension CASTokenProvider {
    public func leave(_ unreachable: String) async throws -> Bool { false }
}

/// Caches credentials, renews them 30 s before they expire, and lets concurrent callers share one request.
public actor CachingTokenProvider: CASTokenProvider {
    private let fetch: @Sendable () async throws -> CASCredentials
    private let now: @Sendable () -> Int64
    private var current: CASCredentials?
    private var pending: Task<CASCredentials, any Error>?
    private let elsewhere: @Sendable (Set<String>) async throws -> CASCredentials?
    /// CAS that were given up, by their URLs.
    private var dead: Set<String> = []
    private var search: Task<CASCredentials?, any Error>?
    private var fetched = ContinuousClock.now
    /// A token is used for so long whatever the clock of this machine says: it may be wrong, and may jump.
    private static let leastLife = Duration.seconds(60)

    /// - Parameters:
    ///   - now: the clock, in unix seconds.
    ///   - elsewhere: finds credentials of a CAS that is none of these.
    public init(
        now: @escaping @Sendable () -> Int64, fetch: @escaping @Sendable () async throws -> CASCredentials,
        elsewhere: @escaping @Sendable (Set<String>) async throws -> CASCredentials? = { _ in nil }
    ) {
        self.fetch = fetch
        self.now = now
        self.elsewhere = elsewhere
    }

    public func leave(_ unreachable: String) async throws -> Bool {
        // Another file may have moved on already, or may be about to.
        if let search { return try await search.value != nil }
        if let current, current.casURL != unreachable, dead.contains(unreachable) { return true }
        dead.insert(unreachable)
        // Unstructured for the same reason as the one below.
        let task = Task { [dead] in try await elsewhere(dead) }
        search = task
        defer { search = nil }
        guard let found = try await task.value else { return false }
        current = found
        fetched = .now
        return true
    }

    public func credentials(rejecting rejected: String?) async throws -> CASCredentials {
        if let current, current.accessToken != rejected,
            current.expiry > now() + 30 || fetched.duration(to: .now) < Self.leastLife
        {
            return current
        }
        if let pending { return try await pending.value }
        // Unstructured on purpose: several callers wait for it, and one caller's cancellation must not fail the others.
        // It ends with its one bounded request.
        let task = Task { [dead] in
            let found = try await fetch()
            return dead.contains(found.casURL) ? try await elsewhere(dead) ?? found : found
        }
        pending = task
        defer { pending = nil }
        let fresh = try await task.value
        // While it was on its way this storage may have been left.
        if dead.contains(fresh.casURL), let current, !dead.contains(current.casURL) { return current }
        current = fresh
        fetched = .now
        return fresh
    }
}
