internal import ArgumentParser
internal import HubClient

/// Where pulled files go, and how many at once.
struct PlaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The cache folder; by default HF_HUB_CACHE.", valueName: "folder"), completion: .directory)
    var cacheDir: String?

    @Option(
        help: ArgumentHelp("Put the files into this folder instead of the cache.", valueName: "folder"),
        completion: .directory)
    var localDir: String?

    @Flag(inversion: .prefixedNo, help: "Fetch again what is there already, and replace it.")
    var forceDownload = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Files in transfer at once.", valueName: "count"))
    var maxWorkers: Int?

    var isUnspecified: Bool { cacheDir == nil && localDir == nil }

    func validate() throws {
        if localDir == "" { throw ValidationError("--local-dir is empty: name a folder") }
        if cacheDir == "" { throw ValidationError("--cache-dir is empty: name a folder") }
        if let maxWorkers, !(1...256).contains(maxWorkers) {
            throw ValidationError("--max-workers must be between 1 and 256")
        }
        if localDir != nil, cacheDir != nil {
            throw ValidationError("--local-dir and --cache-dir exclude each other: files go to one place")
        }
    }

    func settings(_ hub: HubOptions) throws -> HubSettings {
        var settings = try hub.settings(cacheDirectory: cacheDir)
        if let maxWorkers { settings.maximumFilesAtOnce = maxWorkers }
        return settings
    }
}
