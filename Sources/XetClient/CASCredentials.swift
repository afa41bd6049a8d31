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
}

/// Caches credentials, renews them 30 s before they expire, and lets concurrent callers share one request.
public actor CachingTokenProvider: CASTokenProvider {
    private let fetch: @Sendable () async throws -> CASCredentials
    private let now: @Sendable () -> Int64
    private var current: CASCredentials?
    private var pending: Task<CASCredentials, any Error>?

    /// - Parameter now: the clock, in unix seconds.
    public init(now: @escaping @Sendable () -> Int64, fetch: @escaping @Sendable () async throws -> CASCredentials) {
        self.fetch = fetch
        self.now = now
    }

    public func credentials(rejecting rejected: String?) async throws -> CASCredentials {
        if let current, current.accessToken != rejected, current.expiry > now() + 30 { return current }
        if let pending { return try await pending.value }
        // Unstructured on purpose: several callers wait for it, and one caller's cancellation must not fail the others.
        // It ends with its one bounded request.
        let task = Task { try await fetch() }
        pending = task
        defer { pending = nil }
        let fresh = try await task.value
        current = fresh
        return fresh
    }
}
