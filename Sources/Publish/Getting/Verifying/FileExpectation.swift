internal import PublishWire
internal import Xet

/// What a finished file must hash to.
package struct FileExpectation: Sendable, Hashable {
    /// From the manifest.
    package var sha256: [UInt8]?
    /// From the manifest; 64 digits.
    package var xet: String?
    /// From the torrent; looked at where there is no manifest.
    package var root: [UInt8]?

    package init(sha256: [UInt8]? = nil, xet: String? = nil, root: [UInt8]? = nil) {
        self.sha256 = sha256
        self.xet = xet
        self.root = root
    }

    /// Whether there is anything to compare a file with, besides the hashes of the pieces it came in.
    package var isEmpty: Bool { sha256 == nil && xet == nil && root == nil }

    /// Whether the root is what has to be computed.
    var needsRoot: Bool { sha256 == nil && xet == nil && root != nil }

    /// - Returns: what is wrong; nil when all is right.
    package func fault(of hashes: FileFollower.Hashes) -> String? {
        if let sha256, hashes.sha256.map({ Hex.decode("\($0)", count: 32) }) != sha256 {
            return "its SHA-256 is not that of the manifest"
        }
        if let xet, "\(hashes.xet)" != xet { return "its Xet hash is not that of the manifest" }
        if needsRoot, hashes.root != root { return "its root is not that of the torrent" }
        return nil
    }
}
