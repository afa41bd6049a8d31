import ArgumentParser
import Commands
import HubServer

/// Makes an access token.
struct HubTokenAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make an access token and print it; it is kept nowhere.",
        discussion: "Works while the hub is running.")

    @Option(help: ArgumentHelp("Folder of the hub's data; made when it is missing.", valueName: "folder"))
    var data: String

    @Option(help: ArgumentHelp("Name of the user, and of the namespace that is theirs.", valueName: "name"))
    var user: String

    @Option(
        help: ArgumentHelp(
            "read, write or admin: read the user's private repositories, also change the user's repositories, or do "
                + "anything to all of them."))
    var role: String

    func validate() throws {
        guard HubTokens.roles.contains(role) else {
            throw ValidationError("--role must be one of \(HubTokens.roles.joined(separator: ", "))")
        }
    }

    func run() async throws {
        HubCommand.keepFilesPrivate()
        HubCommand.announceNewHub(in: data)
        do {
            print(try HubTokens.add(user: user, role: role, dataDirectory: data))
        } catch let error as HubServerError {
            throw CommandFailure(error)
        }
    }
}
