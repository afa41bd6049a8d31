internal import ArgumentParser
internal import Commands
internal import Terminal

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The root of the server executable's command line. It calls itself `shoal`, the name that users type.
struct ShoalServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shoal",
        abstract: "The half of shoal with the web server and the database.",
        // No `version`: every subcommand would have a flag `--version`, beside the option of 'get' and 'share'.
        subcommands: [
            HubCommand.self, DemoCommand.self, DemoHubCommand.self, BenchCommand.self, ServeCommand.self,
            SeedCommand.self, StartCommand.self, StopCommand.self, StatusCommand.self, TrackerCommand.self,
            ShareCommand.self, GetCommand.self, DiscoverCommand.self, MirrorCommand.self, ModelListCommand.self,
            TrustCommand.self, RegistryCommand.self, InitCommand.self,
        ])
}

/// What the `shoal-server` executable does.
public enum ShoalServer {
    /// Answers a command line and ends the process.
    public static func main(_ arguments: [String]) async -> Never {
        if arguments == ["--version"] {
            TerminalStream.fillGaps()
            TerminalStream.output.writeLine("shoal \(ShoalVersion.current)")
            exit(0)
        }
        await CommandRunner.run(ShoalServerCommand.self, arguments: arguments)
    }
}
