internal import ArgumentParser

/// Stands in the help for what the sibling executable answers.
struct HubSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Run a hub of your own and manage its users (shoal hub --help).")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["hub"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct TrackerSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tracker", abstract: "Run a tracker, where the peers of a swarm find each other.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["tracker"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct DemoSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Watch push, deduplication, pull and verification on a hub of its own.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["demo"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct BenchSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure hashing, pushing and pulling on this machine.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["bench"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct ServeSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the agent in the foreground.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["serve"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct SeedSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed", abstract: "Give models to peers, and tell trackers so.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["seed"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct StartSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Run the agent in the background, a hub for this machine.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["start"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct StopSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "End the agent.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["stop"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct StatusSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Tell what the agent does.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["status"] + arguments) }
}
