package import HubClient
internal import HubWire
internal import PublishWire

/// What is to be mirrored: a repository, and the hub that has it.
package struct MirrorAddress: Sendable, Hashable {
    package var repo: RepoReference
    /// Base URL of the hub, without a slash at the end.
    package var endpoint: String

    package init(repo: RepoReference, endpoint: String) {
        self.repo = repo
        self.endpoint = endpoint
    }

    /// Parses what users type or paste: `org/name`, `datasets/org/name`, and the address of a repository's page at any
    /// hub, or the one that git clones it from.
    /// - Parameter endpoint: the user's own hub. Addresses of huggingface.co are fine for it, for it may be a mirror.
    package init(parsing text: String, endpoint: String) throws {
        var endpoint = endpoint
        if let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) {
            let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
            guard !authority.isEmpty, !authority.contains("@") else {
                throw PublishError(
                    .badName, "the address has \(authority.isEmpty ? "no host" : "a user or password in it")",
                    hint: "hubs know who asks by a token: 'shoal login', HF_TOKEN or --token")
            }
            let origin = scheme + authority
            let isPublicHub = ["huggingface.co", "hf.co", "www.huggingface.co"].contains(String(authority))
            if isPublicHub {
                // The user's own hub is asked.
            } else if text != endpoint, !text.hasPrefix(endpoint + "/") {
                endpoint = origin
            }
        } else if text.contains("://") && !text.hasPrefix("hf://") || Self.isRemoteShell(text) {
            throw PublishError(
                .unsupported, "'\(text.prefix(200))' is no web address, and hubs are asked over the web alone",
                hint: "write https://HOST/ORG/NAME, or ORG/NAME")
        }
        guard !endpoint.contains("@") else {
            throw PublishError(
                .badName, "the hub's address has a user or password in it, and it is published with what is mirrored",
                hint: "name the hub without; hubs know who asks by a token")
        }
        let location = try RepoLocation(parsing: text, endpoint: endpoint)
        guard location.path == nil else {
            throw PublishError(
                .badName, "'\(text.prefix(200))' names a part of a repository, and the whole is mirrored",
                hint: "name the repository alone; 'shoal share' publishes a folder")
        }
        repo = location.repo
        self.endpoint = endpoint
    }

    /// `git@host:org/name`.
    private static func isRemoteShell(_ text: String) -> Bool {
        guard let at = text.firstIndex(of: "@"), let colon = text.firstIndex(of: ":") else { return false }
        return at < colon && text[..<at].allSatisfy { $0.isLetter || $0.isNumber }
    }

    /// The settings with which the hub is asked. The user's token is for the user's own hub: others get one only when
    /// it was named for this run.
    package func settings(from own: HubSettings) -> HubSettings {
        guard !own.endpoints.contains(endpoint) else { return own }
        var settings = own
        settings.endpoint = endpoint
        settings.network.otherEndpoints = []
        if !settings.isTokenExplicit { settings.token = nil }
        settings.isTokenExplicit = true
        return settings
    }

    /// The address of the repository's page.
    package var page: String { "\(endpoint)/\(repo.type.urlPrefix)\(repo.id)" }

    /// The web seed of a torrent that is named after the commit: behind it come the torrent's name and the path of a
    /// file, which together are where hubs deliver the file (BEP 19).
    package var webSeed: String { page + "/resolve/" }

    package func at(revision: String?) -> MirrorAddress {
        var address = self
        address.repo.revision = revision
        return address
    }
}
