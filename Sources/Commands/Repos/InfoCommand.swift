internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct InfoCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show what a hub knows about a repository.",
        discussion: """
            EXAMPLE:
              shoal info org/model --revision v1.0
            """)

    @OptionGroup var repository: RepoOptions
    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let reference = try repository.reference()
        let info = try await ClientSession.withHub(try hub.settings()) { hub in
            try await hub.repoInfo(reference, files: true)
        }
        if output.json {
            try JSONOutput.print(info)
        } else if output.quiet {
            TerminalStream.output.writeLine(info.sha ?? info.id)
        } else {
            for line in Self.lines(info, type: reference.type) { TerminalStream.output.writeLine(line) }
        }
    }

    static func lines(_ info: RepoInfo, type: RepoType) -> [String] {
        var table = TextTable([.init(), .init()])
        table.append("repository", info.id)
        table.append("type", type.rawValue)
        if let sha = info.sha { table.append("commit", sha) }
        if let date = info.lastModified { table.append("modified", date) }
        var access = info.isPrivate == true ? "private" : "public"
        if let gated = info.gated, gated != .open { access += ", gated" }
        table.append("access", access)
        if let siblings = info.siblings {
            let size = siblings.reduce(UInt64(0)) { $0 + UInt64(clamping: $1.size ?? 0) }
            table.append("files", siblings.isEmpty ? "none" : "\(siblings.count), \(ByteText.size(size))")
        }
        if let tags = info.tags, !tags.isEmpty { table.append("tags", tags.joined(separator: ", ")) }
        if let downloads = info.downloads { table.append("downloads", "\(downloads)") }
        return table.lines()
    }
}
