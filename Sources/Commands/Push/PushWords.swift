internal import HubClient

/// What the words of a push mean, by the rules of `hf upload`.
struct PushWords: Equatable {
    /// What to push, as typed; `-` is standard input.
    var local: String
    var pathInRepo: String?
    var include: [String]

    /// What is at a path of this machine.
    enum Kind { case file, folder }

    /// - Parameters:
    ///   - repository: the repository's name without its namespace: the default of LOCAL.
    ///   - path: the path that the repository's address named.
    ///   - kind: looks at a local path; nil when nothing is there.
    init(
        local: String?, pathInRepo: String?, include: [String], repository: String, path: String?,
        kind: (String) -> Kind?
    ) throws {
        if let path, let pathInRepo {
            throw CommandFailure.usage("the address names the path '\(path)', and '\(pathInRepo)' is another")
        }
        let place = pathInRepo ?? path
        self.pathInRepo = place
        self.include = include
        if local == "" {
            throw CommandFailure.usage(
                "the path of what shall be pushed is empty",
                hint: "name a file or a folder; . is the folder that you are in")
        }
        if local == "-" {
            guard let place, !place.isEmpty, !place.hasSuffix("/") else {
                throw CommandFailure.usage(
                    "what comes from standard input needs a name",
                    hint: "for example shoal push org/model - notes/run.txt")
            }
            self.local = "-"
            return
        }
        guard let local else {
            guard kind(repository) != nil else {
                throw CommandFailure.usage(
                    "there is no file or folder '\(repository)' here, which is what a push takes when none is named",
                    hint: "name what shall be pushed behind the repository; . is the folder that you are in")
            }
            self.local = repository
            return
        }
        guard kind(local) == nil, Glob.isPattern(local) else {
            self.local = local
            return
        }
        guard include.isEmpty else {
            throw CommandFailure.usage("'\(local)' is a pattern already; --include cannot be added to it")
        }
        guard place == nil || place == "." else {
            throw CommandFailure.usage(
                "files that a pattern finds keep their paths; they cannot go to '\(place ?? "")'",
                hint: "push a folder with --include to put them elsewhere")
        }
        self.local = "."
        self.pathInRepo = nil
        self.include = [local]
    }
}
