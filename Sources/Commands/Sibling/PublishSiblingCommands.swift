internal import ArgumentParser

/// Stands in the help for what the sibling executable answers.
struct InitSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Set up, or clean up, the folder of published models.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["init"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct ShareSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "share", abstract: "Publish a model or dataset as a torrent, without a hub.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["share"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct GetSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Get a published model from peers, web servers, hubs and the Xet swarm at once.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["get"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct DiscoverSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover", abstract: "Search what others publish, without a hub.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["discover"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct MirrorSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "Copy a public repository of a hub, and publish it as a torrent.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["mirror"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct ModelListSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the published models of this machine; with a repository, the same as ls.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["list"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct RegistrySiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Take in, give out and mend what this machine knows of models.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["registry"] + arguments) }
}

/// Stands in the help for what the sibling executable answers.
struct TrustSiblingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Decide whose models are whose: keys of publishers.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    func run() async throws { throw ServerSibling.become(arguments: ["trust"] + arguments) }
}
