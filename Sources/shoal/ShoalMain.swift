import Commands

@main
enum ShoalMain {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        Shoal.answerAtOnce(arguments)
        await Shoal.main(arguments)
    }
}
