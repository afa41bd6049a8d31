import Foundation
import Xet

/// A file as git sees it: its content, or the pointer to content that is stored by hash.
struct GitBlob: Sendable {
    let id: GitObjectID
    let content: Data
    let large: LargeContent?

    /// A file kept in git.
    init(regular content: some Sequence<UInt8>) {
        self.content = Data(content)
        id = GitObjectID(hashing: self.content, kind: "blob")
        large = nil
    }

    /// A file kept in the content store.
    init(large: LargeContent) {
        content = Data(large.pointer.text.utf8)
        id = GitObjectID(hashing: content, kind: "blob")
        self.large = large
    }
}

/// The content that an LFS pointer stands for, and its address in the content store.
struct LargeContent: Hashable, Sendable {
    var sha256: SHA256Digest
    var fileHash: FileHash
    /// In bytes.
    var size: UInt64

    init(sha256: SHA256Digest, fileHash: FileHash, size: UInt64) {
        self.sha256 = sha256
        self.fileHash = fileHash
        self.size = size
    }

    var pointer: LFSPointer { LFSPointer(sha256: sha256, size: size) }
}
