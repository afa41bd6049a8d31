import Crypto
import Foundation
import NIOCore
import Synchronization

/// Counts requests per caller and kind in fixed windows (hub-api §1.12).
///
/// A token has counts of its own only once it has been found valid; until then its requests count for the address, so
/// that made-up tokens are no way around the limits. Nothing of it is kept on disk.
package final class RateLimiter: Sendable {
    /// Who is counted.
    enum Identity: Hashable, Sendable {
        /// The start of the hash of an `Authorization` header that was found valid.
        case token(UInt64)
        /// The user that a CAS token names.
        case user(String)
        case network(String)

        var isAnonymous: Bool { if case .network = self { true } else { false } }
    }

    struct Decision: Sendable, Equatable {
        var isAllowed: Bool
        /// Requests per window.
        var quota: Int
        var remaining: Int
        /// Seconds until the window ends, at least 1.
        var reset: Int
    }

    private struct Key: Hashable {
        var identity: Identity
        var route: RouteClass
    }

    private struct Window {
        var start: NIODeadline
        var count: Int
    }

    private struct Known {
        var isUnlimited: Bool
        var lastUse: NIODeadline
    }

    private struct State {
        var windows: [Key: Window] = [:]
        var tokens: [UInt64: Known] = [:]
    }

    /// Above this many counts the ones that are over are removed, and if none is, all of them: memory stays bounded, and
    /// whoever sends from so many addresses is not held back by counting addresses.
    private static let maximumWindows = 100_000
    private static let maximumTokens = 20_000

    package let limits: RateLimits
    private let state = Mutex(State())

    package init(_ limits: RateLimits) { self.limits = limits }

    /// Counts a request; nil where there is no limit for it.
    func charge(_ identity: Identity, _ route: RouteClass, now: NIODeadline = .now()) -> Decision? {
        guard let quota = limits.quota(route, isAnonymous: identity.isAnonymous) else { return nil }
        let length = TimeAmount.seconds(Int64(limits.window))
        return state.withLock { state in
            let key = Key(identity: identity, route: route)
            var window = state.windows[key] ?? Window(start: now, count: 0)
            if now - window.start >= length { window = Window(start: now, count: 0) }
            let isAllowed = window.count < quota
            if isAllowed { window.count += 1 }
            if state.windows[key] == nil, state.windows.count >= Self.maximumWindows {
                state.windows = state.windows.filter { now - $0.value.start < length }
                if state.windows.count >= Self.maximumWindows { state.windows.removeAll() }
            }
            state.windows[key] = window
            let left = (length - (now - window.start)).nanoseconds
            return Decision(
                isAllowed: isAllowed, quota: quota, remaining: quota - window.count,
                reset: max(1, Int((left + 999_999_999) / 1_000_000_000)))
        }
    }

    /// Whom a request with this `Authorization` header counts for; nil for one that is never limited.
    func identity(authorization: String?, peer: Peer, secrets: ServerSecrets) -> Identity? {
        guard let authorization else { return .network(peer.network) }
        let token = authorization.split(separator: " ").last ?? ""
        if token.hasPrefix(CASTokens.prefix) {
            guard let claims = try? CASTokens.verify(token, secrets: secrets), !claims.user.isEmpty else {
                return .network(peer.network)
            }
            return .user(claims.user)
        }
        let key = Self.hash(authorization)
        let known = state.withLock { state in
            state.tokens[key]?.lastUse = .now()
            return state.tokens[key]
        }
        guard let known else { return .network(peer.network) }
        return known.isUnlimited ? nil : .token(key)
    }

    /// Remembers that this header's token is valid. An admin's is not limited.
    func remember(authorization: String, isAdmin: Bool) {
        let key = Self.hash(authorization)
        state.withLock { state in
            if state.tokens.count >= Self.maximumTokens, state.tokens[key] == nil {
                let oldest = state.tokens.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(Self.maximumTokens / 2)
                for entry in oldest { state.tokens[entry.key] = nil }
            }
            state.tokens[key] = Known(isUnlimited: isAdmin, lastUse: .now())
        }
    }

    /// Forgets a token that is no longer valid.
    func forget(authorization: String) {
        let key = Self.hash(authorization)
        state.withLock { _ = $0.tokens.removeValue(forKey: key) }
    }

    private static func hash(_ text: String) -> UInt64 {
        SHA256.hash(data: Data(text.utf8)).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }
}
