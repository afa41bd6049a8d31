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
