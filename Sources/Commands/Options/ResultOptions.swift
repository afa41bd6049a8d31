internal import ArgumentParser

/// How a command hands over its result on standard output.
struct ResultOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    @Flag(name: [.short, .long], help: "Print nothing but the result.")
    var quiet = false
}
