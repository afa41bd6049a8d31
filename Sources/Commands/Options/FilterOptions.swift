package import ArgumentParser

/// Which files of a repository or folder: patterns over the whole path, where `*` also crosses `/`.
///
/// Several patterns may follow one flag: ``PatternArguments`` repeats the flag before the parser sees it.
package struct FilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only files that match one of these patterns (repeatable).", valueName: "pattern"))
    package var include: [String] = []

    @Option(help: ArgumentHelp("No file that matches one of these patterns (repeatable).", valueName: "pattern"))
    package var exclude: [String] = []

    package init() {}
}
