internal import Commands
internal import HubClient
internal import HubWire
internal import Terminal

/// The repositories that a seeder is told to give, by name or by pattern.
struct SeedNames {
    /// As the repositories of a cache are matched against them.
    let patterns: [String]

    /// - Throws: ``CommandFailure`` for what neither is the name of a repository nor could match one.
    init(_ words: [String]) throws(CommandFailure) {
        patterns = try words.map { word throws(CommandFailure) in
            Glob.isPattern(word) ? try Self.pattern(word) : try Self.name(word)
        }
    }

    private static func name(_ word: String) throws(CommandFailure) -> String {
        let repo: RepoReference
        do throws(HubError) {
            repo = try RepoReference(parsing: word)
        } catch {
            throw .usage(error.message, hint: error.hint)
        }
        guard repo.revision == nil else {
            throw .usage(
                "'\(word)' names a revision; what is cached of a repository is given as a whole",
                hint: "leave out '@\(repo.effectiveRevision)'")
        }
        return repo.description
    }

    private static func pattern(_ word: String) throws(CommandFailure) -> String {
        let isPossible = word.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\\" }
        guard isPossible, word.split(separator: "/", omittingEmptySubsequences: false).count <= 3 else {
            throw .usage(
                "'\(word)' can match no repository", hint: "patterns are such as 'org/*' or 'datasets/org/*'")
        }
        return word
    }

    /// Those that none of the repositories in some caches matches.
    func unmatched(in caches: [String]) -> [String] {
        let repos = caches.flatMap { SeedableRepo.folders(in: $0) }.compactMap { SeedableRepo.reference(folder: $0) }
        return patterns.filter { pattern in !repos.contains { Glob.matches(pattern, $0.description) } }
    }

    /// Says which of them and which caches are of no use so far. Files may come later, so that it is no failure.
    static func warn(of patterns: [String], in caches: [String]) {
        for pattern in patterns {
            TerminalStream.error.writeLine(
                "warning: no repository in \(caches.joined(separator: ", ")) matches '\(TextWidth.printable(pattern))'")
        }
    }
}
