package import Xet

import Foundation

/// The small text file that stands in git for a large file.
package struct LFSPointer: Hashable, Sendable {
    package var sha256: SHA256Digest
    /// Size of the real content in bytes.
    package var size: UInt64

    package init(sha256: SHA256Digest, size: UInt64) {
        self.sha256 = sha256
        self.size = size
    }

    /// The pointer file's text, byte for byte as git-lfs writes it.
    package var text: String {
        "version https://git-lfs.github.com/spec/v1\noid sha256:\(sha256)\nsize \(size)\n"
    }

    package var blobID: GitObjectID { GitObjectID(hashing: Data(text.utf8), kind: "blob") }
}
