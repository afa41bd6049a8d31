internal import HubClient
package import PublishWire

/// Which files of a torrent are wanted.
package struct FileChoice: Sendable, Hashable {
    /// By place in the metainfo; the manifest and its signature always.
    package var wanted: [Bool]
    /// Whether that is all of them.
    package var isComplete: Bool
    /// Patterns that fit no file: typing errors, most likely.
    package var unmatched: [String]

    /// - Throws: ``PublishError`` with code `no_match` when nothing is left.
    package init(_ metainfo: Metainfo, include: [String], exclude: [String]) throws(PublishError) {
        let filter = PatternFilter(include: include, exclude: exclude)
        var (chosen, count, payload) = (0, 0, [String]())
        wanted = metainfo.files.map { file in
            guard !file.isPad else { return false }
            if Self.isCompanion(file.path) { return true }
            count += 1
            payload.append(file.path.description)
            guard filter.keeps(file.path.description) else { return false }
            chosen += 1
            return true
        }
        guard chosen > 0 || count == 0 else {
            throw PublishError(
                .noMatch, "none of the \(count) files of \(metainfo.name) matches",
                hint: "quote patterns, so that the shell leaves them alone; there is \(payload.first ?? "nothing")")
        }
        isComplete = chosen == count
        unmatched = filter.unmatchedIncludes(in: payload)
    }

    /// Whether a file is the manifest or its signature.
    package static func isCompanion(_ path: TorrentPath) -> Bool {
        path.components == [ModelManifest.fileName] || path.components == [ManifestSignature.fileName]
    }
}
