internal import ArgumentParser
internal import HubClient
internal import Terminal

/// Which hub, and as whom.
struct HubOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Access token; by default HF_TOKEN or the saved login.", valueName: "token"))
    var token: String?

    @Option(
        help: ArgumentHelp(
            "Address of the hub; by default HF_ENDPOINT or https://huggingface.co. Further ones serve the same and are "
                + "asked when the ones before are away (repeatable).", valueName: "url"))
    var endpoint: [String] = []

    @OptionGroup(title: "Network") var network: NetworkOptions
    @OptionGroup(title: "Logs") var logs: LogOptions

    /// The settings of the environment with these options over them; the log becomes what the options say.
    func settings(
        cacheDirectory: String? = nil, environment: [String: String] = Environment.variables
    ) throws -> HubSettings {
        if let failure = ConfigFile.current.failure { throw failure }
        try logs.apply(environment: environment)
        var settings = HubSettings(environment: environment, home: Environment.home)
        settings.network = NetworkSettings(environment: environment) { flaw in
            TerminalStream.error.writeLine(
                "warning: \(ConfigFile.current.name(of: flaw.variable)) is '\(flaw.value)', not \(flaw.expected); it is left out"
            )
        }
        settings.network.authoritySetting = ConfigFile.current.name(of: "SHOAL_CA_FILE")
        try network.apply(to: &settings.network)
        if let token {
            let trimmed = token.trimmingSpaces()
            guard !trimmed.isEmpty else { throw CommandFailure.usage("--token is empty") }
            settings.token = trimmed
            settings.isTokenExplicit = true
        }
        RunSecrets.add(settings.token)
        let addresses = endpoint.isEmpty ? settings.endpoints : endpoint.flatMap(HubSettings.endpoints(in:))
        for address in addresses.isEmpty ? [""] : addresses {
            guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
                throw CommandFailure.usage(
                    "\(endpoint.isEmpty ? "HF_ENDPOINT" : "--endpoint") is not an http or https address: \(address)",
                    hint: "for example \(endpoint.isEmpty ? "HF_ENDPOINT=" : "--endpoint ")http://127.0.0.1:8080")
            }
        }
        settings.endpoint = addresses[0]
        settings.network.otherEndpoints = Array(addresses.dropFirst())
        if let cacheDirectory { settings.cacheDirectory = Environment.absolute(cacheDirectory) }
        return settings
    }
}
