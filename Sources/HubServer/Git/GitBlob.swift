package import Xet

package import Foundation

/// A file as git sees it: its content, or the pointer to content that is stored by hash.
package struct GitBlob: Sendable {
    package let id: GitObjectID
    package let content: Data
    package let large: LargeContent?

    /// A file kept in git.
    package init(regular content: some Sequence<UInt8>) {
        self.content = Data(content)
        id = GitObjectID(hashing: self.content, kind: "blob")
        large = nil
    }

    /// A file kept in the content store.
    package init(large: LargeContent) {
        content = Data(large.pointer.text.utf8)
        id = GitObjectID(hashing: content, kind: "blob")
        self.large = large
    }
}

/// The content that an LFS pointer stands for, and its address in the content store.
package struct LargeContent: Hashable, Sendable {
    package var sha256: SHA256Digest
    package var fileHash: FileHash
    /// In bytes.
    package var size: UInt64

    package init(sha256: SHA256Digest, fileHash: FileHash, size: UInt64) {
        self.sha256 = sha256
        self.fileHash = fileHash
        self.size = size
    }

    package var pointer: LFSPointer { LFSPointer(sha256: sha256, size: size) }
}
