internal import ArgumentParser
internal import HubClient
internal import Terminal
internal import Transport
internal import Xet

struct EnvironmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Show where the program looks and what it found; fit for a bug report.",
        discussion: """
            No secret is printed, only whether there is a token.

            EXAMPLES:
              shoal env
              shoal env --json
            """)

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        var version: String
        var platform: String
        var kernels: String
        var endpoint: String
        var hasToken: Bool
        var tokenPath: String
        var cache: String
        var state: String
        var isOffline: Bool
        var usesXet: Bool
        var server: String?
        /// Variables that are set, without those that hold secrets.
        var variables: [String: String]

        enum CodingKeys: String, CodingKey {
            case version, platform, kernels, endpoint
            case hasToken = "has_token"
            case tokenPath = "token_path"
            case cache, state
            case isOffline = "offline"
            case usesXet = "uses_xet"
            case server, variables
        }
    }

    func run() async throws {
        let settings = try hub.settings()
        let document = Document(
            version: ShoalVersion.current, platform: Self.platform, kernels: KernelLevel.active.rawValue,
            endpoint: TransportError.withoutQuery(settings.endpoint), hasToken: settings.token != nil,
            tokenPath: settings.tokenPath,
            cache: settings.cacheDirectory, state: Environment.stateDirectory, isOffline: settings.isOffline,
            usesXet: !settings.disablesXet, server: ServerSibling.find(),
            variables: Self.harmless(Environment.variables))
        try output.print(document, quiet: [document.version]) {
            var table = TextTable([.init(), .init()])
            table.append("version", document.version)
            table.append("platform", "\(document.platform), kernels \(document.kernels)")
            table.append("endpoint", document.endpoint)
            table.append("token", document.hasToken ? "yes" : "none")
            table.append("token file", document.tokenPath)
            table.append("cache", document.cache)
            table.append("state", document.state)
            table.append("network", document.isOffline ? "off (\(settings.offlineSetting))" : "on")
            table.append("xet", document.usesXet ? "on" : "off (HF_HUB_DISABLE_XET)")
            table.append("server", document.server ?? "not found")
            for name in document.variables.keys.sorted() { table.append(name, document.variables[name] ?? "") }
            return table.lines()
        }
    }

    /// The variables that steer the program, without those whose value is a secret.
    static func harmless(_ variables: [String: String]) -> [String: String] {
        variables.filter { name, value in
            let steers =
                ["HF_", "SHOAL_", "XDG_"].contains { name.hasPrefix($0) }
                || ["HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_OFFLINE", "NO_COLOR", "NO_PROXY", "TMPDIR"].contains(name)
            let isSecret = ["TOKEN", "SECRET", "PASSWORD", "KEY"].contains { name.contains($0) }
            return steers && (!isSecret || name == "HF_TOKEN_PATH") && !value.isEmpty && !value.contains("@")
        }
    }

    private static var platform: String {
        #if os(Linux)
            let system = "Linux"
        #elseif os(macOS)
            let system = "macOS"
        #else
            let system = "unknown"
        #endif
        #if arch(x86_64)
            return system + " x86_64"
        #elseif arch(arm64)
            return system + " arm64"
        #else
            return system
        #endif
    }
}
