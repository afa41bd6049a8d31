public import Logging
public import Transfer
package import Transport

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Hub {
    /// Opens a hub for the duration of `body`: connections are made, shared by everything that `body` does, and closed.
    /// - Parameters:
    ///   - settings: by default those of the process's environment.
    ///   - transfer: memory, connections and patience.
    ///   - tokens: gives out tokens in place of the one in the settings.
    ///   - logger: silent by default.
    public static func withHub<Result: Sendable>(
        settings: HubSettings = .ofProcess(), transfer: TransferSettings = .ofProcess(),
        tokens: (any TokenProvider)? = nil,
        logger: Logger = Logger(label: "shoal", factory: { _ in SwiftLogNoOpLogHandler() }),
        _ body: (Hub) async throws -> Result
    ) async throws -> Result {
        var transfer = transfer
        transfer.wait(for: settings.network)
        let patient = transfer
        return try await withTransport(
            settings, environment: ProcessSurroundings.variables, logger: logger
        ) { transport in
            let engine = TransferEngine(transport: transport, settings: patient, logger: logger)
            return try await body(
                Hub(settings: settings, transport: transport, engine: engine, tokens: tokens, logger: logger))
        }
    }
}

extension Hub {
    /// Opens the way to a hub for the duration of `body`: connections, limits, mirrors, other endpoints, and the pace
    /// that servers ask for.
    /// - Parameters:
    ///   - environment: where proxies and authorities stand.
    ///   - download: the limit of what comes, if it is shared with something else; by default one of its own.
    ///   - upload: the same of what goes.
    ///   - wrap: puts something between the connections and everything else.
    ///   - notice: told in a clause of what the user should know although it goes on.
    package static func withTransport<Result: Sendable>(
        _ settings: HubSettings, environment: [String: String], download: BandwidthLimit? = nil,
        upload: BandwidthLimit? = nil, logger: Logger,
        wrap: @escaping @Sendable (any HTTPTransport) -> any HTTPTransport = { $0 },
        notice: @escaping @Sendable (String) -> Void = { _ in }, _ body: (any HTTPTransport) async throws -> Result
    ) async throws -> Result {
        let network = settings.network
        var configuration = AsyncHTTPTransport.Configuration(environment: environment)
        if let file = network.authorityFile { configuration.trust.add(file: file, named: network.authoritySetting) }
        return try await AsyncHTTPTransport.withTransport(configuration, logger: logger) { base in
            var transport = wrap(base)
            if network.downloadLimit != nil || network.uploadLimit != nil {
                transport = LimitedTransport(
                    transport,
                    download: network.downloadLimit.map { download ?? BandwidthLimit($0) },
                    upload: network.uploadLimit.map { upload ?? BandwidthLimit($0) })
            }
            // Each endpoint counts requests for itself, so the pace is kept below the choice between them.
            transport = PacedTransport(transport, logger: logger)
            if settings.endpoints.count > 1 || !network.rewrites.isEmpty {
                transport = EndpointTransport(
                    transport, endpoints: settings.endpoints, rewrites: network.rewrites, logger: logger
                ) { from, to, reason in notice("\(from) cannot be used, going on with \(to): \(reason)") }
            }
            return try await body(transport)
        }
    }
}

extension HubSettings {
    /// The settings that the environment of this process asks for: `HF_ENDPOINT`, `HF_HOME`, `HF_TOKEN` and the others
    /// of hub-api §2.9.
    public static func ofProcess() -> HubSettings {
        HubSettings(environment: ProcessSurroundings.variables, home: ProcessSurroundings.home)
    }
}

extension TransferSettings {
    /// The limits that the environment of this process asks for.
    public static func ofProcess() -> TransferSettings {
        TransferSettings(environment: ProcessSurroundings.variables)
    }
}

/// What the process was started with.
package enum ProcessSurroundings {
    /// All environment variables.
    package static var variables: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }

    /// The user's home folder: `HOME`, else the account's entry.
    package static var home: String {
        if let home = getenv("HOME"), home.pointee != 0 { return String(cString: home) }
        guard let account = getpwuid(getuid()), let folder = account.pointee.pw_dir else { return "/" }
        return String(cString: folder)
    }
}
