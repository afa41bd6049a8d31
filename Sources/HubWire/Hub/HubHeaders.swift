/// Header names of the Hub that both sides use.
public enum HubHeader {
    public static let repoCommit = "X-Repo-Commit"
    public static let linkedETag = "X-Linked-Etag"
    public static let linkedSize = "X-Linked-Size"
    public static let xetHash = "X-Xet-Hash"
    public static let xetRefreshRoute = "X-Xet-Refresh-Route"
    public static let xetCASURL = "X-Xet-Cas-Url"
    public static let xetAccessToken = "X-Xet-Access-Token"
    public static let xetTokenExpiration = "X-Xet-Token-Expiration"
    public static let errorCode = "X-Error-Code"
    public static let errorMessage = "X-Error-Message"
    public static let requestID = "X-Request-Id"
    public static let downloadCounter = "x-hf-download-counter"
    public static let xetSessionID = "x-xet-session-id"
}

/// Values of `X-Error-Code` (hub-api §1.11).
public struct HubErrorCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let repoNotFound = HubErrorCode(rawValue: "RepoNotFound")
    public static let revisionNotFound = HubErrorCode(rawValue: "RevisionNotFound")
    public static let entryNotFound = HubErrorCode(rawValue: "EntryNotFound")
    public static let gatedRepo = HubErrorCode(rawValue: "GatedRepo")
}
