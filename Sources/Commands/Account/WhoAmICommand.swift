internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct WhoAmICommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Show whose token is in use, and at which hub.",
        discussion: """
            EXAMPLES:
              shoal whoami
              shoal whoami --endpoint http://127.0.0.1:8080
            """)

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let settings = try hub.settings()
        let account = try await ClientSession.withHub(settings) { hub in try await hub.whoAmI() }
        let report = AccountReport(account, endpoint: settings.endpoint)
        try output.print(report, quiet: [report.name]) {
            var table = TextTable([.init(), .init()])
            table.append("user", report.name)
            if !report.orgs.isEmpty { table.append("orgs", report.orgs.joined(separator: ", ")) }
            if let role = report.role { table.append("role", role) }
            table.append("endpoint", report.endpoint)
            return table.lines()
        }
    }
}
