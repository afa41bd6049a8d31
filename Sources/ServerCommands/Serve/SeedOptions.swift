internal import Agent
internal import ArgumentParser
internal import Commands
internal import HubClient
internal import Publish
internal import Swarm
internal import SwarmWire
internal import Terminal

/// What is given to peers, to whom, and how they find it.
struct SeedOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Port to listen on for peers, or ADDRESS:PORT; 0 takes a free one. By default SHOAL_LISTEN, or 6881 if that is free.",
            valueName: "port"))
    var listen: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Announce to this tracker (repeatable); by default those in SHOAL_TRACKERS.", valueName: "url"))
    var tracker: [String] = []

    @Flag(inversion: .prefixedNo, help: "Let machines of this network find this one.")
    var lan = true

    @Flag(
        help: ArgumentHelp(
            "Tell the mainline DHT which public files can be had here, and look there for peers; by default "
                + "network.dht_for_models of config.yaml, else not."))
    var dht = false

    @Option(
        help: ArgumentHelp(
            "A cache to give files of (repeatable); by default those in SHOAL_SEED_CACHES, or HF_HUB_CACHE.",
            valueName: "folder"),
        completion: .directory)
    var cacheDir: [String] = []

    @Option(
        name: .customLong("rule"),
        help: ArgumentHelp(
            "What of which repositories may be given: never, lan or public, such as 'me/*=never'; the last that fits "
                + "counts (repeatable). Before them come those of SHOAL_SEED_RULES.", valueName: "pattern=rule"))
    var rules: [String] = []

    @Option(
        name: .customLong("secret-file"),
        help: ArgumentHelp(
            "A file with a secret, 16 bytes or more: whoever knows it too gets private and gated files (repeatable). By "
                + "default those in SHOAL_SWARM_SECRETS.", valueName: "file"),
        completion: .file())
    var secretFiles: [String] = []

    @Option(
        help: ArgumentHelp(
            "Read at most so many bytes per second of files that came without a list of chunks, when the machine has "
                + "nothing else to do; 0 leaves them out.", valueName: "rate"))
    var idleRate = "200M"

    /// What an agent is told about peers.
    func swarmSettings(repos: [String]) throws -> SwarmSettings {
        var settings = SwarmSettings()
        let door = try door()
        if let door { (settings.host, settings.port) = (door.host, door.port) } else { settings.mayMove = true }
        settings.isLocal = lan
        settings.trackers = try trackers()
        settings.secrets = try secrets()
        settings.policy = try policy()
        settings.policy.hasSecrets = !settings.secrets.isEmpty
        settings.repos = repos
        settings.idleBytesPerSecond = try idleBytesPerSecond()
        settings.zestCache =
            Environment["ZEST_CACHE_DIR"].map(Environment.absolute) ?? Environment.home + "/.cache/zest"
        return settings
    }

    /// The caches to give files of.
    /// - Parameter usual: the one where pulls put files.
    func caches(default usual: String) -> [String] {
        let named = (Environment["SHOAL_SEED_CACHES"] ?? "").split(separator: ",").map(String.init)
        let folders = cacheDir.isEmpty ? named : cacheDir
        return folders.isEmpty ? [usual] : folders.map(Environment.absolute)
    }

    /// Says which of the caches that somebody has named are none. They may come later, so that it is no failure.
    func warn(of caches: [String], usual: String) {
        for cache in caches where cache != usual {
            guard let facts = FileFacts(cache) else {
                TerminalStream.error.writeLine("warning: there is no cache folder \(TextWidth.printable(cache))")
                continue
            }
            guard !facts.isFolder else { continue }
            TerminalStream.error.writeLine("warning: \(TextWidth.printable(cache)) is no folder, so no cache")
        }
    }

    /// Where the user wants it to listen.
    func door() throws(CommandFailure) -> ListenAddress? {
        guard let text = listen ?? Environment["SHOAL_LISTEN"], !text.isEmpty else { return nil }
        guard let address = ListenAddress(text) else {
            throw .usage(
                "\(listen == nil ? "SHOAL_LISTEN" : "--listen") takes a port or ADDRESS:PORT, not '\(text)'",
                hint: "for example 6881 or 192.168.1.5:6881")
        }
        return address
    }

    func policy() throws(CommandFailure) -> SeedPolicy {
        var policy = SeedPolicy()
        for (name, text) in [("SHOAL_SEED_RULES", Environment["SHOAL_SEED_RULES"] ?? "")]
            + rules.map({ ("--rule", $0) })
        {
            guard let some = SeedPolicy(parsing: text) else {
                throw .usage(
                    "\(name) takes PATTERN=never, =lan or =public, not '\(text)'", hint: "for example 'me/*=never'")
            }
            policy.lines += some.lines
        }
        return policy
    }

    func secrets() throws(CommandFailure) -> [SwarmSecret] { try SecretFile.read(secretFiles) }

    func trackers() throws(CommandFailure) -> [TrackerURL] {
        let named = (Environment["SHOAL_TRACKERS"] ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
        return try (tracker.isEmpty ? named : tracker).map { (text: String) throws(CommandFailure) -> TrackerURL in
            do {
                return try TrackerURL(text)
            } catch {
                throw .usage("\(error)", hint: "for example --tracker http://tracker.local:6969/announce")
            }
        }
    }

    func idleBytesPerSecond() throws(CommandFailure) -> Int {
        guard let bytes = ByteAmount.parse(idleRate.hasSuffix("/s") ? String(idleRate.dropLast(2)) : idleRate) else {
            throw .usage("--idle-rate takes bytes per second, such as 50M, not '\(idleRate)'")
        }
        return bytes
    }
}
