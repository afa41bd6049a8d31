internal import ArgumentParser
internal import Commands
internal import HubClient
internal import Publish
internal import PublishWire
internal import Terminal

/// Takes in manifests.
struct RegistryImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in a manifest of Shoal or Silmaril.",
        discussion: """
            Looks for the files that the manifest names beside it, among the models and in the Hugging Face cache. When \
            all are there and have the hashes that it says, they get a torrent and are given to others as with \
            'shoal share'; else the manifest is kept, and said what is missing. A signature beside the manifest \
            (manifest.sig) is checked. What lies in the cache is shared only when its repository is public, and no rule \
            of SHOAL_SEED_RULES is against it. A folder stands for all .silmaril.json below it, such as ~/.silmaril/models.

            EXAMPLES:
              shoal registry import manifest.json
              shoal registry import ~/.silmaril/models
            """)

    @Argument(
        help: ArgumentHelp("A manifest, or a folder with models of Silmaril.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The licence, for manifests of Silmaril that name none.", valueName: "name"))
    var license: String?

    @Flag(name: .customLong("skip-dht"), help: "Do not tell the DHT, other peers or the catalogue.")
    var skipDHT = false

    @Flag(inversion: .prefixedNo, help: "Sign manifests that are made anew; by default security.sign_manifests.")
    var sign: Bool?

    @OptionGroup(title: "Hub") var hub: HubOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        var file: String
        var name: String?
        /// `shared`, `kept` or `failed`.
        var outcome: String
        var infoHashV1: String?
        var infoHashV2: String?
        /// Files that are not here.
        var missing: [String]?
        var error: ShareDocument.Failure?

        enum CodingKeys: String, CodingKey {
            case file, name, outcome, missing, error
            case infoHashV1 = "info_hash_v1"
            case infoHashV2 = "info_hash_v2"
        }

        init(_ file: String, _ imported: Sharer.Imported) {
            self.file = file
            switch imported {
            case .shared(let result):
                outcome = "shared"
                name = result.entry.name.description
                infoHashV1 = result.entry.hashes.v1.map(Hexadecimal.encode)
                infoHashV2 = result.entry.hashes.v2.map(Hexadecimal.encode)
            case .kept(let name, let missing, _):
                outcome = "kept"
                self.name = name.description
                self.missing = missing
            }
        }

        init(_ file: String, _ failure: CommandFailure) {
            self.file = file
            outcome = "failed"
            error = ShareDocument.Failure(code: failure.code, message: failure.message, hint: failure.hint)
        }

        var line: String {
            switch outcome {
            case "shared": "\(name ?? file): all files are here and right; it has a torrent now"
            case "kept":
                "\(name ?? file): kept the manifest; \((missing ?? []).isEmpty ? "it names no files" : "not all of its \(missing?.count ?? 0) files are here"), fetch them with 'shoal get \(name ?? "")'"
            default: "\(file): \(error?.message ?? "failed")"
            }
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let session = try PublishSession()
        let output = session.output(output)
        let settings = try session.hubSettings(hub)
        let path = FolderPath.absolute(file, home: Environment.home)
        let files = try Self.manifests(at: path)
        let display = ProgressDisplay(mode: session.progressMode(progress, for: output))
        let documents = try await display.run(title: "importing \(file)") {
            try await ClientSession.withHub(settings) { hub in
                try await PublishSession.withQuietEngine { engine in
                    var sharer = Sharer(
                        session.folder, engine: engine, transfer: hub.engine,
                        observer: ProgressObserver(display: display))
                    sharer.permits = ShareRules.permits(hub)
                    sharer.label = session.settings.catalogue.label
                    var documents: [Document] = []
                    for file in files {
                        do {
                            let imported = try await sharer.takeIn(
                                manifest: file, caches: session.caches(settings), isPublic: !skipDHT,
                                signs: sign ?? session.settings.security.signsManifests, licence: license)
                            documents.append(Document(file, imported))
                        } catch is CancellationError {
                            throw CancellationError()
                        } catch {
                            guard files.count > 1 else { throw error }
                            documents.append(Document(file, CommandFailure(describing: error)))
                        }
                    }
                    return documents
                }
            }
        }
        if documents.contains(where: { $0.outcome == "shared" }) { _ = await session.tellAgent() }
        try output.print(documents, quiet: documents.compactMap(\.name)) {
            documents.map { TextWidth.printable($0.line) }
        }
        if documents.contains(where: { $0.outcome == "failed" }) { throw ExitCode(1) }
    }

    /// The file itself, or all `.silmaril.json` up to three levels below a folder.
    private static func manifests(at path: String) throws -> [String] {
        guard FileFacts(path)?.isFolder == true else { return [path] }
        var found: [String] = []
        var pending = [(path, 0)]
        while let (folder, depth) = pending.popLast() {
            let own = folder + "/.silmaril.json"
            if FileFacts(own, followingLinks: false)?.isFile == true { found.append(own) }
            guard depth < 3 else { continue }
            for name in try PlacedFile.names(in: folder) ?? [] where !name.hasPrefix(".") {
                let inner = folder + "/" + name
                if FileFacts(inner, followingLinks: false)?.isFolder == true { pending.append((inner, depth + 1)) }
            }
        }
        guard !found.isEmpty else {
            throw PublishError(
                .nothingToShare, "there is no .silmaril.json below \(path)",
                hint: "name a manifest, or ~/.silmaril/models")
        }
        return found.sorted()
    }
}
