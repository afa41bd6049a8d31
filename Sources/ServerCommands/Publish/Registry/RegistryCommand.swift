internal import ArgumentParser

/// The models that this machine knows of.
struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Take in, give out and mend what this machine knows of models.",
        subcommands: [
            RegistryImportCommand.self, RegistryExportCommand.self, RegistryRebuildCommand.self,
            RegistryRemoveCommand.self,
        ])
}
