internal import ArgumentParser
internal import HubClient
internal import Transport

/// Limits, mirrors and authorities of a run.
struct NetworkOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Receive at most so many bytes per second, such as 10M, or by the hour: 10M,22:00-07:00=0.",
            valueName: "rate"))
    var limitRate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Send at most so many bytes per second, such as 512K, or by day and hour: 0,mon-fri@08:00-18:00=512K.",
            valueName: "rate"))
    var limitUpload: String?

    @Option(
        help: ArgumentHelp(
            "Trust the authorities in this PEM file besides the system's, such as a company's.", valueName: "file"),
        completion: .file(extensions: ["pem", "crt"]))
    var caFile: String?

    @Option(
        name: .customLong("rewrite-url"),
        help: ArgumentHelp(
            "Ask the mirror TO for what begins with FROM, such as a storage that cannot be reached (repeatable).",
            valueName: "from=to"))
    var rewriteURL: [String] = []

    func apply(to network: inout NetworkSettings) throws(CommandFailure) {
        if let limitRate { network.downloadLimit = try Self.rate(limitRate, "--limit-rate") }
        if let limitUpload { network.uploadLimit = try Self.rate(limitUpload, "--limit-upload") }
        if let caFile {
            guard !caFile.isEmpty else { throw .usage("--ca-file is empty: name a file of certificates") }
            network.authorityFile = Environment.absolute(caFile)
            network.authoritySetting = "--ca-file"
        }
        for text in rewriteURL {
            guard let rule = URLRewrite(parsing: text) else {
                throw .usage(
                    "--rewrite-url takes FROM=TO, two addresses, not '\(RunSecrets.byForm(text))'",
                    hint: "for example --rewrite-url https://cas-server.xethub.hf.co=http://127.0.0.1:8080/cas")
            }
            network.rewrites.insert(rule, at: 0)
        }
    }

    /// - Returns: nil for no limit at any time.
    private static func rate(_ text: String, _ flag: String) throws(CommandFailure) -> RateSchedule? {
        guard let schedule = RateSchedule(parsing: text) else {
            throw .usage(
                "\(flag) takes bytes per second, at least 1, with K, M, G or T, or 0 for no limit, not '\(text)'",
                hint: "for example \(flag) 10M, or \(flag) 10M,22:00-07:00=0")
        }
        return schedule.limits ? schedule : nil
    }
}
