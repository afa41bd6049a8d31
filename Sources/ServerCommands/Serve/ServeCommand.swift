internal import ArgumentParser
internal import Commands

/// Gives the files of this machine to peers until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Give the models in this machine's caches to peers.",
        discussion: """
            Every file of a public repository that 'shoal pull' or 'hf download' has put into the cache can be \
            given to others, straight out of the cache, each chunk checked as it leaves. Runs until SIGTERM or SIGINT. \
            Files of private and gated repositories go only to those who know a secret (--secret-file); files of which \
            nobody knows how public they are go nowhere.

            SHOAL_P2P=0, or "p2p": false in the settings file, switches peers off for good.

            EXAMPLES:
              shoal serve
              shoal serve --listen 7000 --tracker http://tracker.local:6969/announce --limit-upload 20M
              shoal serve --rule '*=lan' --rule 'me/*=never'
            """)

    @OptionGroup(title: "Peers") var seed: SeedOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func run() async throws { try await SeedSession(seed, hub: hub, repos: []).run() }
}

/// The same for some repositories.
struct SeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed", abstract: "Give models in this machine's caches to peers, and tell trackers so.",
        discussion: """
            Does what 'shoal serve' does for the repositories that are named, or for all of them.

            EXAMPLES:
              shoal seed --tracker http://tracker.local:6969/announce
              shoal seed org/model 'datasets/org/*' --listen 0
            """)

    @Argument(
        help: ArgumentHelp("Repositories in the cache, or patterns for them; by default all.", valueName: "repo"))
    var repos: [String] = []

    @OptionGroup(title: "Peers") var seed: SeedOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func run() async throws { try await SeedSession(seed, hub: hub, repos: repos).run() }
}
