internal import ArgumentParser
package import HubClient
internal import Terminal
internal import Transport

/// Which hub, and as whom.
package struct HubOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Access token; by default HF_TOKEN or the saved login.", valueName: "token"))
    var token: String?

    @Option(
        help: ArgumentHelp(
            "Address of the hub; by default HF_ENDPOINT or https://huggingface.co. Further ones serve the same and are "
                + "asked when the ones before are away (repeatable).", valueName: "url"))
    var endpoint: [String] = []

    @OptionGroup(title: "Network") var network: NetworkOptions
    @OptionGroup(title: "Logs") var logs: LogOptions

    /// Says once in a process which of its variables cannot be used.
    private static func warnOnce() { _ = warning }

    private static let warning: Void = {
        for flaw in SettingValue.flaws(in: Environment.ofProcess) {
            let instead = ConfigFile.current.values[flaw.variable].map { _ in "the settings file's value counts" }
            TerminalStream.error.writeLine(
                "warning: \(flaw.variable) is '\(TextWidth.printable(RunSecrets.byForm(flaw.value)))', not "
                    + "\(flaw.expected); \(instead ?? "it is left out")")
        }
    }()

    package init() {}

    /// The settings of the environment with these options over them; the log becomes what the options say.
    package func settings(
        cacheDirectory: String? = nil, environment: [String: String] = Environment.variables
    ) throws -> HubSettings {
        if let failure = ConfigFile.current.failure { throw failure }
        try logs.apply(environment: environment)
        Self.warnOnce()
        var settings = HubSettings(environment: environment, home: Environment.home)
        settings.offlineSetting = ConfigFile.current.name(of: settings.offlineSetting)
        settings.network.authoritySetting = ConfigFile.current.name(of: "SHOAL_CA_FILE")
        try network.apply(to: &settings.network)
        if let file = settings.network.authorityFile {
            try CertificateTrust.check(file: file, named: settings.network.authoritySetting)
        }
        if let token {
            let trimmed = token.trimmingSpaces()
            guard !trimmed.isEmpty else { throw CommandFailure.usage("--token is empty") }
            settings.token = trimmed
            settings.isTokenExplicit = true
        }
        RunSecrets.add(settings.token)
        let addresses = endpoint.isEmpty ? settings.endpoints : endpoint.flatMap(HubSettings.endpoints(in:))
        for address in addresses.isEmpty ? [""] : addresses {
            guard let flaw = EndpointAddress.flaw(of: address) else { continue }
            let name = endpoint.isEmpty ? "HF_ENDPOINT" : "--endpoint"
            throw CommandFailure.usage(
                "\(name) \(flaw): \(RunSecrets.byForm(address))",
                hint: address.contains("@")
                    ? "hubs know who asks by a token: 'shoal login', HF_TOKEN or --token"
                    : "for example \(name)\(endpoint.isEmpty ? "=" : " ")http://127.0.0.1:8080")
        }
        settings.endpoint = addresses[0]
        settings.network.otherEndpoints = Array(addresses.dropFirst())
        if let cacheDirectory { settings.cacheDirectory = Environment.absolute(cacheDirectory) }
        return settings
    }
}
