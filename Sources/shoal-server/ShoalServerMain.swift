import ServerCommands

@main
enum ShoalServerMain {
    static func main() async {
        await ShoalServer.main(Array(CommandLine.arguments.dropFirst()))
    }
}
