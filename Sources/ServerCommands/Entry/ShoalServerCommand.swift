internal import ArgumentParser
internal import Commands

/// The root of the server executable's command line. It calls itself `shoal`, the name that users type.
struct ShoalServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shoal",
        abstract: "The half of shoal with the web server and the database.",
        version: "shoal \(ShoalVersion.current)",
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
        await CommandRunner.run(ShoalServerCommand.self, arguments: arguments)
    }
}
