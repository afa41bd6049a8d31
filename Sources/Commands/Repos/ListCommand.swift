internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the files of a repository.",
        discussion: """
            EXAMPLES:
              shoal ls org/model
              shoal ls org/model onnx -R
            """)

    @OptionGroup var repository: RepoOptions

    @Argument(help: "A folder of the repository; its root by default.")
    var path: String?

    @Flag(name: [.customShort("R"), .long], help: "Descend into folders.")
    var recursive = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let reference = try repository.reference()
        let entries = try await ClientSession.withHub(try hub.settings()) { hub in
            try await hub.tree(reference, path: path, recursive: recursive)
        }
        if output.json {
            try JSONOutput.print(entries)
        } else {
            TerminalStream.output.write(Self.text(entries, quiet: output.quiet))
        }
    }

    /// One line per entry: size, `xet` where the content is in Xet storage, path (folders with a slash).
    static func text(_ entries: [TreeEntry], quiet: Bool) -> String {
        if quiet { return entries.map { TextWidth.printable(name($0)) + "\n" }.joined() }
        var table = TextTable([.init("SIZE", .right), .init("STORE"), .init("PATH")])
        for entry in entries {
            let isFile = entry.type == .file
            table.append(
                isFile ? ByteText.size(UInt64(clamping: entry.size)) : "-",
                entry.xetHash != nil ? "xet" : entry.lfs != nil ? "lfs" : isFile ? "git" : "-", name(entry))
        }
        return table.lines().map { $0 + "\n" }.joined()
    }

    private static func name(_ entry: TreeEntry) -> String {
        entry.type == .directory ? entry.path + "/" : entry.path
    }
}
