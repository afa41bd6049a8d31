public import Xet

/// A file on this disk that may hold parts of a file that is wanted: an older revision, a sibling, a copy.
public struct LocalCandidate: Sendable, Hashable {
    public var path: String
    /// Its Xet hash, as far as it is known; a claim, since the file may have changed.
    public var hash: FileHash?
    /// Where its chunk list may stand.
    public var manifest: String?

    public init(path: String, hash: FileHash? = nil, manifest: String? = nil) {
        self.path = path
        self.hash = hash
        self.manifest = manifest
    }
}
