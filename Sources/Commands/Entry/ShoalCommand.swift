internal import ArgumentParser
internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The root of the command line.
struct ShoalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shoal",
        abstract: "Move AI models over the Xet protocol, every byte verified.",
        discussion: """
            Works with the Hugging Face Hub and with hubs of your own, reads the same environment variables and \
            fills the same cache as Hugging Face's tools.

            EXAMPLES:
              shoal pull org/model                      into the cache; prints the path
              shoal pull org/model --local-dir ./model  into a plain folder
              shoal push org/model ./model              only new chunks travel
              shoal hub serve --data ./hub              a hub of your own
              shoal share ./model --name me/model --license mit
                                                        a torrent of it, signed; no hub at all
              shoal demo                                all of it, right here

            ENVIRONMENT:
              HF_ENDPOINT HF_TOKEN HF_TOKEN_PATH HF_HOME HF_HUB_CACHE HF_HUB_OFFLINE
                            as Hugging Face's tools read them
              SHOAL_LOG SHOAL_LOG_FILE SHOAL_LOG_FORMAT
                            as --log-level, --log-file and --log-format
              SHOAL_LIMIT_RATE SHOAL_LIMIT_UPLOAD SHOAL_CA_FILE SHOAL_REWRITE_URLS
                            as --limit-rate, --limit-upload, --ca-file and --rewrite-url
              SHOAL_P2P     0: nothing to peers, nothing from them; 1: pulls look for peers on this network
              SHOAL_PEERS SHOAL_TRACKERS
                            as --peer and --tracker, with commas
              NO_COLOR      no colour

            SETTINGS FILE:
              ~/.config/shoal/config.json, or SHOAL_CONFIG, such as
                {"endpoint": ["http://hub.local:8080", "https://huggingface.co"], "limit_rate": "20M"}
              behind it /etc/shoal/config.json, for all users; "p2p": false there counts for everybody
              'shoal doctor' shows what counts and where it comes from

            EXIT CODES:
              0 done, 1 failed, 2 wrong usage, 130 interrupted
            """,
        version: "shoal \(ShoalVersion.current)",
        groupedSubcommands: [
            CommandGroup(
                name: "Transfer",
                subcommands: [
                    PullCommand.self, PushCommand.self, FileCommand.self, CatCommand.self, CopyCommand.self,
                ]),
            CommandGroup(
                name: "Inspection", subcommands: [ListCommand.self, InfoCommand.self, HashCommand.self]),
            CommandGroup(name: "Disk", subcommands: [CacheCommand.self, DedupCommand.self]),
            CommandGroup(
                name: "Repositories",
                subcommands: [
                    ReposCommand.self, CatalogueCommand<ModelKind>.self, CatalogueCommand<DatasetKind>.self,
                    CatalogueCommand<SpaceKind>.self,
                ]),
            CommandGroup(
                name: "Account",
                subcommands: [LoginCommand.self, LogoutCommand.self, WhoAmICommand.self, AuthCommand.self]),
            CommandGroup(
                name: "Peers",
                subcommands: [
                    StartSiblingCommand.self, StopSiblingCommand.self, StatusSiblingCommand.self,
                    ServeSiblingCommand.self, SeedSiblingCommand.self, TrackerSiblingCommand.self,
                ]),
            CommandGroup(
                name: "Publishing",
                subcommands: [
                    ShareSiblingCommand.self, GetSiblingCommand.self, DiscoverSiblingCommand.self,
                    MirrorSiblingCommand.self, ModelListSiblingCommand.self, TrustSiblingCommand.self,
                    RegistrySiblingCommand.self, InitSiblingCommand.self,
                ]),
            CommandGroup(name: "Hub", subcommands: [HubSiblingCommand.self, DemoSiblingCommand.self]),
            CommandGroup(
                name: "Program",
                subcommands: [
                    DoctorCommand.self, EnvironmentCommand.self, BenchSiblingCommand.self, CompletionCommand.self,
                    VersionCommand.self,
                ]),
        ])
}

/// What the `shoal` executable does.
public enum Shoal {
    /// Answers a command line and ends the process.
    public static func main(_ arguments: [String]) async -> Never {
        await CommandRunner.run(ShoalCommand.self, arguments: ServerSibling.withoutAmbiguity(arguments))
    }

    /// Answers what needs no argument parser: the version, which shells and installers ask for often, and the
    /// sibling's commands, whose help is the sibling's. Returns when the command line is neither.
    public static func answerAtOnce(_ arguments: [String]) {
        TerminalStream.fillGaps()
        if arguments == ["--version"] || arguments == ["version"] {
            TerminalStream.output.writeLine("shoal \(ShoalVersion.current)")
            exit(0)
        }
        guard ServerSibling.answers(arguments) else { return }
        let failure = ServerSibling.become(arguments: arguments)
        FailureReport.emit(failure, json: FailureReport.isJSONWanted(arguments))
        exit(failure.exitCode)
    }
}
