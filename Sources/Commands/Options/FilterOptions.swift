internal import ArgumentParser

/// Which files of a repository or folder: patterns over the whole path, where `*` also crosses `/`.
struct FilterOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Only files that match one of these patterns.", valueName: "pattern"))
    var include: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("No file that matches one of these patterns.", valueName: "pattern"))
    var exclude: [String] = []
}
