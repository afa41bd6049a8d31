internal import ArgumentParser
internal import Commands

/// Runs the agent until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the agent: give cached models to peers, be a hub for this machine.",
        discussion: """
            Programs that download from Hugging Face use the agent with HF_ENDPOINT=http://127.0.0.1:9847 and their own \
            token: files come from the cache, from peers and from the hub behind it (--endpoint) together, each verified.

            Every file of a public repository that 'shoal pull' or 'hf download' has put into the cache can be \
            given to others, straight out of the cache, each chunk checked as it leaves. Runs until SIGTERM or SIGINT. \
            Files of private and gated repositories go only to those who know a secret (--secret-file); files of which \
            nobody knows how public they are go nowhere.

            SHOAL_P2P=0, or "p2p": false in the settings file, switches peers off for good; the agent is a hub then.
            'shoal start' does all of this in the background.

            EXAMPLES:
              shoal serve
              shoal serve --listen 7000 --tracker http://tracker.local:6969/announce --limit-upload 20M
              shoal serve --rule '*=lan' --rule 'me/*=never'
              shoal serve --limit-upload 5M,22:00-07:00=0,sat-sun=0
            """)

    @OptionGroup(title: "Agent") var agent: AgentOptions
    @OptionGroup(title: "Peers") var seed: SeedOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func run() async throws { try await AgentSession(seed, hub: hub, agent: agent).serve() }
}

/// The same for some repositories.
struct SeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed", abstract: "Give models in this machine's caches to peers, and tell trackers so.",
        discussion: """
            Gives the repositories that are named, or all of them, to peers as 'shoal serve' does, and does nothing else.

            EXAMPLES:
              shoal seed --tracker http://tracker.local:6969/announce
              shoal seed org/model 'datasets/org/*' --listen 0
            """)

    @Argument(
        help: ArgumentHelp("Repositories in the cache, or patterns for them; by default all.", valueName: "repo"))
    var repos: [String] = []

    @OptionGroup(title: "Peers") var seed: SeedOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func run() async throws { try await AgentSession(seed, hub: hub, repos: repos).seed() }
}
