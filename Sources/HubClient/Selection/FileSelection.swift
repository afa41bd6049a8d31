/// Which files of a repository a pull is about.
///
/// Named files win over patterns. A named `dir/` means everything below it, and so does `dir` where that is no file; a
/// name that exists nowhere but has wildcards is a pattern.
struct FileSelection: Sendable {
    let files: [String]
    private let areLiteral: Bool
    private let filter: PatternFilter

    /// - Parameter areLiteral: whether the named files are neither folders nor patterns.
    init(files: [String], areLiteral: Bool = false, include: [String], exclude: [String]) {
        self.files = files
        self.areLiteral = areLiteral
        filter =
            files.isEmpty ? PatternFilter(include: include, exclude: exclude) : PatternFilter(include: [], exclude: [])
    }

    /// The paths named one by one, when that is all there is: no folder, no pattern.
    var exactPaths: [String]? {
        let areExact = areLiteral || files.allSatisfy { !$0.hasSuffix("/") && !Glob.isPattern($0) }
        return files.isEmpty || !areExact ? nil : files
    }

    /// The outcome of a selection.
    struct Outcome: Sendable {
        /// Indices into the listing, ascending.
        var chosen: [Int] = []
        /// Named files that the listing does not have.
        var missing: [String] = []
        /// Include patterns that fit no file, and names that have wildcards and fit none.
        var unmatched: [String] = []
        /// The one file that was named by its exact path, when no other was: its path is what a pull prints.
        var single: Int?
    }

    /// Picks one quantisation of GGUF files, what the include patterns add to it, and nothing that is excluded.
    /// - Throws: ``HubError`` with code `quant_not_found` or `quant_ambiguous`.
    func choose(quant: String, from listing: [TreeListing.File]) throws(HubError) -> Outcome {
        let quants = GGUFQuants(listing.map { ($0.path, $0.size) })
        let wanted = Set(try quants.selection(of: quant).map { Array($0.utf8) })
        let additions = filter.hasIncludes ? choose(from: listing.map(\.path)) : Outcome()
        var outcome = Outcome(unmatched: additions.unmatched)
        let added = Set(additions.chosen)
        outcome.chosen = listing.indices.filter { index in
            let path = listing[index].path
            return added.contains(index) || (wanted.contains(Array(path.utf8)) && !filter.excludes(path))
        }
        return outcome
    }

    /// Picks from a listing of repository paths.
    func choose(from paths: [String]) -> Outcome {
        var outcome = Outcome()
        guard !files.isEmpty else {
            outcome.chosen = paths.indices.filter { filter.keeps(paths[$0]) }
            outcome.unmatched = filter.unmatchedIncludes(in: paths)
            return outcome
        }
        var byBytes: [[UInt8]: Int] = [:]
        for (index, path) in paths.enumerated() { byBytes[Array(path.utf8)] = index }
        var chosen = Set<Int>()
        for file in files {
            if let index = byBytes[Array(file.utf8)] {
                chosen.insert(index)
                if files.count == 1 { outcome.single = index }
                continue
            }
            guard !areLiteral else {
                outcome.missing.append(file)
                continue
            }
            let folder = Array((file.hasSuffix("/") ? file : file + "/").utf8)
            var matches = paths.indices.filter { paths[$0].utf8.starts(with: folder) }
            if matches.isEmpty, Glob.isPattern(file) {
                let glob = PatternFilter(include: [file], exclude: [])
                matches = paths.indices.filter { glob.keeps(paths[$0]) }
                if matches.isEmpty, !file.hasSuffix("/") { outcome.unmatched.append(file) }
            }
            if matches.isEmpty, file.hasSuffix("/") || !Glob.isPattern(file) { outcome.missing.append(file) }
            chosen.formUnion(matches)
        }
        outcome.chosen = chosen.sorted()
        return outcome
    }
}
