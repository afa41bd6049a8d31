package import ChunkStore
package import Xet

/// What is known of the chunks of a file that is pulled with peers.
package enum SharedChunks: Sendable {
    /// All of them.
    case manifest(ManifestFile)
    /// What xorbs have told so far.
    case draft(ManifestDraft)

    package var count: Int {
        switch self {
        case .manifest(let manifest): manifest.chunkCount
        case .draft(let draft): draft.chunkCount
        }
    }

    /// The chunk at an index below ``count``; nil while it is not known.
    package func chunk(at index: Int) -> Chunk? {
        switch self {
        case .manifest(let manifest): manifest[index]
        case .draft(let draft): draft.chunk(at: index)
        }
    }

    /// Where the chunk at an index below ``count`` starts in the file; nil while it is not known.
    package func offset(of index: Int) -> UInt64? {
        switch self {
        case .manifest(let manifest): manifest.offset(of: index)
        case .draft(let draft): draft.offset(of: index)
        }
    }

    package var draft: ManifestDraft? {
        if case .draft(let draft) = self { draft } else { nil }
    }
}
