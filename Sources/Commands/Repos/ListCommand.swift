internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct ListCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the files of a repository.",
        discussion: """
            EXAMPLES:
              shoal ls org/model
              shoal ls org/model onnx -R
              shoal ls org/model config.json
              shoal ls https://huggingface.co/org/model/tree/main/onnx
            """)

    @OptionGroup var repository: RepoOptions

    @Argument(help: "A folder or file of the repository; its root by default.")
    var path: String?

    @Flag(name: [.customShort("R"), .long], help: "Descend into folders.")
    var recursive = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let settings = try hub.settings()
        let location = try repository.location(at: settings)
        if let path, let named = location.path {
            throw CommandFailure.usage("the address names '\(named)' already; '\(path)' is another path")
        }
        let wanted = (path ?? location.path).map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        let entries = try await ClientSession.withHub(settings) { hub in
            try await Self.entries(of: location.repo, path: wanted, recursive: recursive, at: hub)
        }
        try output.print(entries, quiet: Self.lines(entries, quiet: true)) { Self.lines(entries, quiet: false) }
    }

    /// What is below a folder, or the one entry of a file, which hubs do not list by its own path.
    private static func entries(
        of repo: RepoReference, path: String?, recursive: Bool, at hub: Hub
    ) async throws -> [TreeEntry] {
        do {
            return try await hub.tree(repo, path: path, recursive: recursive)
        } catch let error as HubError where error.code == .entryNotFound {
            guard let path else { throw error }
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) }
            let siblings = try await hub.tree(repo, path: parent, recursive: false)
            guard let file = siblings.first(where: { $0.type == .file && $0.path == path }) else { throw error }
            return [file]
        }
    }

    /// One line per entry: size, `xet` where the content is in Xet storage, path (folders with a slash).
    static func lines(_ entries: [TreeEntry], quiet: Bool) -> [String] {
        if quiet { return entries.map { TextWidth.printable(name($0)) } }
        var table = TextTable([.init("SIZE", .right), .init("STORE"), .init("PATH")])
        for entry in entries {
            let isFile = entry.type == .file
            table.append(
                isFile ? ByteText.size(UInt64(clamping: entry.size)) : "-",
                entry.xetHash != nil ? "xet" : entry.lfs != nil ? "lfs" : isFile ? "git" : "-", name(entry))
        }
        return table.lines()
    }

    private static func name(_ entry: TreeEntry) -> String {
        entry.type == .directory ? entry.path + "/" : entry.path
    }
}
