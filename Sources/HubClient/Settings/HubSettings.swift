/// Where the hub is, who asks, and where files go: the Hugging Face environment, read once (hub-api §2.8, §2.9).
///
/// Every property may be overridden afterwards, as command-line flags do.
public struct HubSettings: Sendable {
    /// Base URL of the hub, without a trailing slash.
    public var endpoint: String
    /// The token to send to ``endpoint``; nil asks anonymously.
    public var token: String?
    /// Whether the user has named ``token`` for this run, so that no other source is asked.
    public var isTokenExplicit = false
    /// The folder that holds `models--…` folders, absolute.
    public var cacheDirectory: String
    /// The file that keeps the active token.
    public var tokenPath: String
    /// No network: only what the cache holds.
    public var isOffline: Bool
    /// What error texts call the setting behind ``isOffline``.
    public var offlineSetting = "HF_HUB_OFFLINE"
    /// Snapshots get real files in place of links.
    public var disablesSymlinks: Bool
    /// Xet files stay in their repository's folder in place of the store shared by all repositories.
    public var disablesSharedBlobs: Bool
    /// Files come over plain HTTP only.
    public var disablesXet: Bool
    /// Sent with every request to the hub.
    public var userAgent: String
    /// Files in transfer at once.
    public var maximumFilesAtOnce: Int
    /// Longest wait for the head of a reply to a question about a repository; nil for the usual patience.
    public var metadataTimeout: Duration?
    /// Other addresses of the hub, mirrors, limits and authorities.
    public var network: NetworkSettings

    public static let defaultEndpoint = "https://huggingface.co"

    /// Reads the settings of a process.
    /// - Parameters:
    ///   - environment: the process's environment variables.
    ///   - home: the user's home folder, for defaults and for `~/`.
    public init(environment: [String: String], home: String) {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        func isOn(_ names: String...) -> Bool {
            names.contains { ["1", "ON", "YES", "TRUE"].contains(environment[$0]?.uppercased() ?? "") }
        }
        func folder(_ path: String) -> String {
            if path == "~" { return home }
            if path.hasPrefix("~/") { return home + path.dropFirst() }
            return LocalPath.absolute(path)
        }

        let root: String
        if let own = value("HF_HOME") {
            root = folder(own)
        } else if let shared = value("XDG_CACHE_HOME") {
            root = LocalPath.join(folder(shared), "huggingface")
        } else {
            root = LocalPath.join(home, ".cache/huggingface")
        }
        endpoint = HubSettings.endpoints(in: value("HF_ENDPOINT") ?? "").first ?? HubSettings.defaultEndpoint
        network = NetworkSettings(environment: environment)
        cacheDirectory =
            value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").map(folder) ?? LocalPath.join(root, "hub")
        tokenPath = value("HF_TOKEN_PATH").map(folder) ?? LocalPath.join(root, "token")
        isOffline = isOn("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
        if isOffline, !isOn("HF_HUB_OFFLINE") { offlineSetting = "TRANSFORMERS_OFFLINE" }
        disablesSymlinks = isOn("HF_HUB_DISABLE_SYMLINKS")
        disablesSharedBlobs = isOn("HF_HUB_DISABLE_SHARED_BLOBS")
        disablesXet = isOn("HF_HUB_DISABLE_XET")
        userAgent = "shoal" + (value("HF_HUB_USER_AGENT_ORIGIN").map { "; origin/\($0)" } ?? "")
        metadataTimeout = HubSettings.seconds(value("HF_HUB_ETAG_TIMEOUT"))
        maximumFilesAtOnce = 16
        token = nil
        guard !isOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") else { return }
        token =
            value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN").flatMap { HubSettings.cleaned(token: $0) }
            ?? TokenStore(tokenPath: tokenPath).current()
    }

    /// Whether the environment itself names a token, which a login or logout does not change.
    public static func hasEnvironmentToken(_ environment: [String: String]) -> Bool {
        ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].contains { cleaned(token: environment[$0] ?? "") != nil }
    }

    /// Removes line ends anywhere and blanks at both ends; nil when nothing is left.
    public static func cleaned(token text: String) -> String? {
        let blanks: Set<Unicode.Scalar> = [" ", "\t", "\u{0B}", "\u{0C}"]
        let scalars = text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }
        guard let first = scalars.firstIndex(where: { !blanks.contains($0) }),
            let last = scalars.lastIndex(where: { !blanks.contains($0) })
        else { return nil }
        return String(String.UnicodeScalarView(scalars[first...last]))
    }

    /// A time in whole or broken seconds; nil for anything else.
    static func seconds(_ text: String?) -> Duration? {
        guard let text, let seconds = Double(text), seconds > 0, seconds < 1e6 else { return nil }
        return .milliseconds(Int64(seconds * 1000))
    }

    /// The base URLs of a list with commas.
    public static func endpoints(in text: String) -> [String] {
        text.split { $0 == "," || $0.isWhitespace }.map { trimmingSlashes(String($0)) }
    }

    /// All base URLs of the hub, the preferred one first.
    public var endpoints: [String] { [endpoint] + network.otherEndpoints.filter { $0 != endpoint } }

    static func trimmingSlashes(_ url: String) -> String {
        var url = url[...]
        while url.hasSuffix("/") { url.removeLast() }
        return String(url)
    }
}
