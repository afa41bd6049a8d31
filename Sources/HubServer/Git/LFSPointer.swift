import Foundation
import Xet

/// The small text file that stands in git for a large file.
struct LFSPointer: Hashable, Sendable {
    var sha256: SHA256Digest
    /// Size of the real content in bytes.
    var size: UInt64

    init(sha256: SHA256Digest, size: UInt64) {
        self.sha256 = sha256
        self.size = size
    }

    /// The pointer file's text, byte for byte as git-lfs writes it.
    var text: String {
        "version https://git-lfs.github.com/spec/v1\noid sha256:\(sha256)\nsize \(size)\n"
    }

    var blobID: GitObjectID { GitObjectID(hashing: Data(text.utf8), kind: "blob") }
}
