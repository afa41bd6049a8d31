internal import ArgumentParser
internal import HubClient

/// Which hub, and as whom.
struct HubOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Access token; by default HF_TOKEN or the saved login.", valueName: "token"))
    var token: String?

    @Option(
        help: ArgumentHelp("Address of the hub; by default HF_ENDPOINT or https://huggingface.co.", valueName: "url"))
    var endpoint: String?

    /// The settings of the environment with these options over them.
    func settings(
        cacheDirectory: String? = nil, environment: [String: String] = Environment.variables
    ) throws -> HubSettings {
        var settings = HubSettings(environment: environment, home: Environment.home)
        if let token {
            let trimmed = token.trimmingSpaces()
            guard !trimmed.isEmpty else { throw CommandFailure.usage("--token is empty") }
            settings.token = trimmed
        }
        let address = (endpoint ?? settings.endpoint).trimmingSpaces()
        guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
            throw CommandFailure.usage(
                "\(endpoint == nil ? "HF_ENDPOINT" : "--endpoint") is not an http or https address: \(address)",
                hint: "for example \(endpoint == nil ? "HF_ENDPOINT=" : "--endpoint ")http://127.0.0.1:8080")
        }
        settings.endpoint = String(address.reversed().drop { $0 == "/" }.reversed())
        if let cacheDirectory { settings.cacheDirectory = Environment.absolute(cacheDirectory) }
        return settings
    }
}
