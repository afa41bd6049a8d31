package import PublishWire

/// Where published and fetched models are kept, with all that belongs to them.
package struct PublishFolder: Sendable, Hashable {
    /// The folder that holds the others, unless settings say otherwise.
    package let path: String
    /// Models that `get` and `mirror` brought: `ORG/NAME/…`.
    package var models: String
    /// What is known of each model: `ORG/NAME/VERSION/…`.
    package var registry: String
    /// Copies of torrents for other programs: `ORG/NAME/VERSION.torrent`.
    package var torrents: String
    /// The own index, those of others, and what was seen of publishers.
    package var catalogue: String
    /// Private keys; for the user alone.
    package var keys: String

    package init(path: String) {
        self.path = path
        models = path + "/models"
        registry = path + "/registry"
        torrents = path + "/torrents"
        catalogue = path + "/catalogue"
        keys = path + "/keys"
    }

    /// Whom the user trusts.
    package var trustFile: String { path + "/trust.json" }
    package var trustLock: String { path + "/.trust.lock" }
    /// Locks and records of downloads.
    package var getting: String { path + "/getting" }
    package var identityKeyFile: String { keys + "/identity.key" }
    package var operatingKeyFile: String { keys + "/operating.key" }
    package var delegationFile: String { keys + "/delegation" }
    package var keysLock: String { keys + "/.lock" }
    /// Says that the folder is Shoal's; without it nothing is cleaned up.
    package var markFile: String { path + "/.shoal-publish" }

    /// Where a folder is when nothing says otherwise: `$XDG_DATA_HOME/shoal`, else `~/.local/share/shoal`.
    package static func usualPath(environment: [String: String], home: String) -> String {
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/shoal" }
        return home + "/.local/share/shoal"
    }

    /// The folder of this user: `SHOAL_HOME` goes before `storage.base_dir`; folders that settings name for a purpose
    /// count with either.
    package init(_ settings: PublishSettings, environment: [String: String], home: String) {
        let storage = settings.storage
        func named(_ text: String?) -> String? {
            text.flatMap { $0.isEmpty ? nil : FolderPath.absolute($0, home: home) }
        }
        self.init(
            path: named(environment["SHOAL_HOME"]) ?? named(storage.baseFolder)
                ?? Self.usualPath(environment: environment, home: home))
        models = named(storage.modelsFolder) ?? models
        registry = named(storage.registryFolder) ?? registry
        torrents = named(storage.torrentsFolder) ?? torrents
        catalogue = named(storage.databaseFolder) ?? catalogue
        keys = named(settings.security.keysFolder) ?? keys
    }

    /// All folders, with what they are for.
    package var parts: [(path: String, purpose: String)] {
        [
            (path, "everything"), (models, "models"), (registry, "registry"), (torrents, "torrents"),
            (catalogue, "catalogue"), (keys, "keys"),
        ]
    }

    /// Makes the folders that are missing; the keys' is for the user alone.
    /// - Returns: those that are new.
    @discardableResult
    package func prepare() throws(PublishError) -> [String] {
        var made: [String] = []
        for part in parts where FileFacts(part.path)?.isFolder != true {
            try PlacedFile.createFolder(part.path, mode: part.path == keys ? 0o700 : 0o755)
            made.append(part.path)
        }
        let known = madeFolders ?? []
        if FileFacts(markFile) == nil || !Set(made).isSubset(of: known) {
            let lines = known.union(made).sorted().map { Self.made + $0 + "\n" }.joined()
            try PlacedFile.write(Array((Self.mark + lines).utf8), to: markFile)
        }
        return made
    }

    /// The folders that Shoal itself has made: what was there before is not its own. Nil without a mark.
    package var madeFolders: Set<String>? {
        guard let bytes = PlacedFile.read(markFile, limit: 1 << 20) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return Set(lines.filter { $0.hasPrefix(Self.made) }.map { String($0.dropFirst(Self.made.count)) })
    }

    private static let mark = "This folder was made by Shoal; 'shoal init --cleanup' may remove what Shoal put here.\n"
    private static let made = "made "
}
