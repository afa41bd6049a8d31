internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct CopyCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "cp", abstract: "Copy one file between this machine and a repository.",
        discussion: """
            One side is an hf:// address, the other a local path, or - for standard input or output. A target that \
            ends in / is a folder. Without a target the file goes into the folder that you are in.

            EXAMPLES:
              shoal cp hf://org/model/config.json
              shoal cp hf://datasets/org/data@v1.0/train.csv ./data/
              shoal cp ./model.safetensors hf://org/model/weights/
              date | shoal cp - hf://org/model/built.txt
            """)

    @Argument(help: "What to copy.")
    var source: String

    @Argument(help: "Where to.")
    var target: String?

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions
    @OptionGroup var progress: ProgressOptions

    private struct Document: Encodable { var path: String }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        let settings = try hub.settings()
        switch (Self.isRemote(source), target.map(Self.isRemote) ?? false) {
        case (true, false): try await download(settings)
        case (false, true): try await upload(settings)
        default:
            throw CommandFailure.usage(
                "one side must be an hf:// address, and the other a local path",
                hint: "for example shoal cp hf://org/model/config.json .")
        }
    }

    private static func isRemote(_ text: String) -> Bool { text.hasPrefix("hf://") }

    private func location(_ text: String, _ settings: HubSettings) throws -> RepoLocation {
        try RepoLocation(parsing: text, endpoint: settings.endpoint)
    }

    private func download(_ settings: HubSettings) async throws {
        let location = try location(source, settings)
        guard let path = location.path, !path.hasSuffix("/") else {
            throw CommandFailure.usage("'\(source)' names no file", hint: "whole repositories and folders: shoal pull")
        }
        guard target != "" else { throw CommandFailure.usage("the target is empty", hint: "name a file or folder") }
        let run = PullRun(
            request: PullRequest(repo: location.repo, files: [path]), settings: settings, output: output,
            progress: target == "-" ? try progress.modeBesideOutput() : progress.mode(for: output))
        if target == "-" { return try await run.pullToOutput() }
        let name = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
        var local = Environment.absolute(target ?? "")
        if local.hasSuffix("/") || Environment.isFolder(local) { local += (local.hasSuffix("/") ? "" : "/") + name }
        let (result, _) = try await run.pull()
        guard result.path.hasSuffix("/" + path) else {
            throw CommandFailure.usage("'\(source)' is a folder", hint: "folders: shoal pull")
        }
        try await FileParts.copy(result.path, to: local)
        try output.print(Document(path: local), quiet: [local]) { [local] }
    }

    private func upload(_ settings: HubSettings) async throws {
        let location = try location(target ?? "", settings)
        switch Environment.kind(source) {
        case _ where source == "-": break
        case .folder: throw CommandFailure.usage("'\(source)' is a folder", hint: "folders: shoal push")
        case .file: break
        case nil:
            throw CommandFailure(
                code: HubError.Code.localPathNotFound.rawValue, message: "there is no file '\(source)'",
                hint: "the first argument is what to copy")
        }
        let words = try PushWords(
            local: source, pathInRepo: nil, include: [], repository: location.repo.id.name, path: location.path
        ) { _ in .file }
        func push(_ path: String) async throws {
            let request = PushRequest(repo: location.repo, localPath: path, pathInRepo: words.pathInRepo)
            let display = ProgressDisplay(mode: progress.mode(for: output))
            let result = try await ClientSession.push(
                request, settings: settings, display: display, title: "copying \(source) to \(target ?? "")")
            try output.print(PushDocument(result, elapsed: display.elapsed), quiet: [result.commitURL]) {
                [result.commitURL]
            }
        }
        if source == "-" {
            try await StandardInputFile.with(push)
        } else {
            try await push(Environment.absolute(source))
        }
    }
}
